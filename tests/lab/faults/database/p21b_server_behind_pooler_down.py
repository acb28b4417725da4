"""PostgreSQL is down behind PgBouncer, which holds the login without a word."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import SERVER, restart_pgbouncer
from tests.lab.shape import hangs_after


def inject(lab: Lab) -> None:
    lab.scale(worker.NAMESPACE, SERVER, 0)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.scale(worker.NAMESPACE, SERVER, 1)
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P21b",
    title="PostgreSQL is down behind PgBouncer",
    inject=inject,
    settled=lambda lab: hangs_after(lab, "Testing database connectivity", seconds=25),
    heal=heal,
    causes=("database.pooler-cannot-connect",),
    names=("PgBouncer", "msp/db"),
)
