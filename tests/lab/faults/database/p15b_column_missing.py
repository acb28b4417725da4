"""A column that the activities select does not exist; nothing restarts, activities fail."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.shape import log

TABLE, COLUMN, AWAY = "tenants", "suspended_at", "lab_suspended_at"


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER TABLE {TABLE} RENAME COLUMN {COLUMN} TO {AWAY}")


def is_settled(lab: Lab) -> bool:
    return any("does not exist" in log(lab, pod, worker.NAME, "--since=2m") for pod in worker.pods(lab))


def heal(lab: Lab) -> None:
    present = f"SELECT 1 FROM information_schema.columns WHERE table_name = '{TABLE}' AND column_name = '{AWAY}'"
    if sql(lab, present):
        sql(lab, f"ALTER TABLE {TABLE} RENAME COLUMN {AWAY} TO {COLUMN}")


FAULT = Fault(
    id="P15b",
    title="A column that the activities select does not exist",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("database.table-missing",),
    names=(COLUMN,),
    timeout_s=150.0,
)
