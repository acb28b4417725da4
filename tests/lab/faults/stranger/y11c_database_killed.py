"""KILL of PgBouncer's console ends all connections to a database, and holds new ones until RESUME."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import reset_pgbouncer
from tests.lab.faults.stranger import _pooler
from tests.lab.shape import hangs_after


def inject(lab: Lab) -> None:
    _pooler.command(lab, "KILL server")
    worker.restart(lab)


FAULT = Fault(
    id="Y11c",
    title="One database of the pooler was killed, and never resumed",
    inject=inject,
    settled=lambda lab: hangs_after(lab, "Testing database connectivity", seconds=20),
    heal=reset_pgbouncer,
    causes=("database.pooler-paused",),
    names=("PgBouncer", "server"),
    timeout_s=150.0,
    stranger=True,
)
