"""Nothing runs behind the database's Service."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

PGBOUNCER = "deployment/pgbouncer"


def stop_pgbouncer(lab: Lab) -> None:
    """Leave the database's Service without endpoints."""
    lab.scale(worker.NAMESPACE, PGBOUNCER, 0)


def start_pgbouncer(lab: Lab) -> None:
    """Undo `stop_pgbouncer`."""
    lab.scale(worker.NAMESPACE, PGBOUNCER, 1)


def inject(lab: Lab) -> None:
    stop_pgbouncer(lab)
    worker.restart(lab)


FAULT = Fault(
    id="P01",
    title="PgBouncer has no pods",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=start_pgbouncer,
    causes=("database.no-endpoints",),
    names=("pgbouncer",),
)
