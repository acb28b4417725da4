"""PgBouncer has one connection for the worker's user, and an open transaction holds it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import (
    WORKER_USER,
    configure_pgbouncer,
    hold_through_pooler,
    let_go,
    reset_pgbouncer,
)
from tests.lab.shape import hangs_after


def inject(lab: Lab) -> None:
    configure_pgbouncer(lab, default_pool_size=1)
    hold_through_pooler(lab, "BEGIN;")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    let_go(lab)
    reset_pgbouncer(lab)


FAULT = Fault(
    id="P21",
    title="PgBouncer's pool is held by an open transaction",
    inject=inject,
    settled=lambda lab: hangs_after(lab, "Testing database connectivity", seconds=25),
    heal=heal,
    causes=("database.pooler-saturated",),
    names=("PgBouncer", WORKER_USER),
)
