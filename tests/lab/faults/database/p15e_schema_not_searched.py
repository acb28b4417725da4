"""The search_path of the admin's login lacks the schema of the tables, so the schedules find none of them."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.shape import is_new_pod_ready

OWNER = "ALTER ROLE postgres IN DATABASE server"
# Connections that are open, such as PgBouncer's, keep the setting that they began with.
ANEW = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'server' AND pid <> pg_backend_pid()"


def inject(lab: Lab) -> None:
    sql(lab, f"{OWNER} SET search_path = lab_empty")
    sql(lab, ANEW)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    sql(lab, f"{OWNER} RESET search_path")
    sql(lab, ANEW)


FAULT = Fault(
    id="P15e",
    title="The schema of the tables is not in the search path",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.schema-not-searched",),
    names=("schema public", "postgres"),
    replaces_pods=True,
)
