"""The worker's role may have no connection more."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import WORKER_USER, restart_pgbouncer, set_worker_password, sql
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER ROLE {WORKER_USER} CONNECTION LIMIT 0")
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    set_worker_password(lab)
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P12",
    title="The database role has used its connections up",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.connections-exhausted",),
    names=(WORKER_USER, "role"),
)
