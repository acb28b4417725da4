"""The role's password has expired; the client's text is that of a wrong one."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import DIRECT, WORKER_USER, set_worker_password, sql
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    sql(lab, f"ALTER ROLE {WORKER_USER} VALID UNTIL '2020-01-01'")
    worker.set_env(lab, *DIRECT)


FAULT = Fault(
    id="P05c",
    title="The database role's password has expired",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "password authentication failed"),
    heal=set_worker_password,
    causes=("database.password-expired",),
    names=(WORKER_USER,),
)
