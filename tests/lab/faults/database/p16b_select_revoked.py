"""The admin role is no superuser, and may not read a table of the schedules; the worker becomes ready all the same."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import CREDENTIALS, WORKER_USER, reset_server, sql
from tests.lab.shape import is_new_pod_ready

TABLE = "rmm_integrations"


def inject(lab: Lab) -> None:
    sql(lab, f"REVOKE SELECT ON {TABLE} FROM {WORKER_USER}")
    source = {"secretKeyRef": {"name": CREDENTIALS, "key": "DB_PASSWORD_PGBOUNCER"}}
    user = {"name": "DB_USER_ADMIN", "value": WORKER_USER}
    worker.patch_container(lab, {"env": [user, {"name": "DB_PASSWORD_ADMIN", "valueFrom": source}]})


def heal(lab: Lab) -> None:
    sql(lab, f"GRANT SELECT ON {TABLE} TO {WORKER_USER}")
    reset_server(lab)


FAULT = Fault(
    id="P16b",
    title="The admin role may not read a table",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.permission-denied",),
    names=(TABLE, WORKER_USER),
    replaces_pods=True,
)
