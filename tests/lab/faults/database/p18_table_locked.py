"""An open transaction holds a lock on a table that schedules and activities read."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import hold, let_go
from tests.lab.shape import hangs_after

TABLE = "tenants"


def inject(lab: Lab) -> None:
    hold(lab, f"BEGIN; LOCK TABLE {TABLE};")
    worker.restart(lab)


FAULT = Fault(
    id="P18",
    title="An open transaction locks a table",
    inject=inject,
    settled=lambda lab: hangs_after(lab, "DB_PASSWORD_ADMIN", seconds=25),
    heal=let_go,
    causes=("database.table-locked",),
    names=(TABLE, "lab-holder"),
)
