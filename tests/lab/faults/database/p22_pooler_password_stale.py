"""The role's password was changed in PostgreSQL; worker and PgBouncer have the old one."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import WORKER_USER, restart_pgbouncer, set_worker_password, sql
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER ROLE {WORKER_USER} PASSWORD 'lab-changed-password'")
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    set_worker_password(lab)
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P22",
    title="The role's password was changed behind the pooler",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.pooler-login-rejected",),
    names=(WORKER_USER,),
)
