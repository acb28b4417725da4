"""PostgreSQL has no free slot: few are allowed, and sessions are held in them."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import hold, let_go, reset_server, restart_pgbouncer, restart_server, sql
from tests.lab.shape import crashes_saying

SLOTS = 12


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER SYSTEM SET max_connections = {SLOTS}")
    restart_server(lab)
    hold(lab, "", user="hocuspocus_user", sessions=SLOTS)
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    let_go(lab)
    reset_server(lab)


FAULT = Fault(
    id="P12c",
    title="PostgreSQL has no free connection slot",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.connections-exhausted",),
    names=("hocuspocus_user",),
    timeout_s=180.0,
)
