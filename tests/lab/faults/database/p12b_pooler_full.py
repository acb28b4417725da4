"""PgBouncer takes no client more."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import configure_pgbouncer, reset_pgbouncer
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    # With a limit of none, every connection is one too many.
    configure_pgbouncer(lab, max_client_conn=0)
    worker.restart(lab)


FAULT = Fault(
    id="P12b",
    title="PgBouncer has as many clients as it takes",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "no more connections allowed"),
    heal=reset_pgbouncer,
    causes=("database.connections-exhausted",),
    names=("PgBouncer", "max_client_conn"),
)
