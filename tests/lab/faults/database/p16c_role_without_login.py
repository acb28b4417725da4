"""The worker's role may not log in."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import WORKER_USER, restart_pgbouncer, set_worker_password, sql
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER ROLE {WORKER_USER} NOLOGIN")
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    set_worker_password(lab)
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P16c",
    title="The database role may not log in",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.login-not-permitted",),
    names=(WORKER_USER,),
)
