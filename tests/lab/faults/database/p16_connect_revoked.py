"""The worker's role may not connect to the database."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import WORKER_USER, restart_pgbouncer, sql
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    sql(lab, "REVOKE CONNECT ON DATABASE server FROM PUBLIC")
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    sql(lab, "GRANT CONNECT ON DATABASE server TO PUBLIC")
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P16",
    title="The role may not connect to the database",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.login-not-permitted",),
    names=(WORKER_USER, "server"),
)
