"""A table that the schedules read does not exist, as before a migration; the worker becomes ready all the same."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.shape import is_new_pod_ready

TABLE, AWAY = "rmm_integrations", "lab_rmm_integrations"


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER TABLE {TABLE} RENAME TO {AWAY}")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    sql(lab, f"ALTER TABLE IF EXISTS {AWAY} RENAME TO {TABLE}")


FAULT = Fault(
    id="P15",
    title="A table of the schedules does not exist",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.table-missing",),
    names=(TABLE,),
    replaces_pods=True,
)
