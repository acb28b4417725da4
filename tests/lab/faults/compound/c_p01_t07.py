"""The database is down, which hides that the Temporal namespace does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database.p01_no_endpoints import start_pgbouncer, stop_pgbouncer
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    stop_pgbouncer(lab)
    worker.set_env(lab, "TEMPORAL_NAMESPACE=nope")


FAULT = Fault(
    id="C-P01-T07",
    title="PgBouncer has no pods, and the Temporal namespace does not exist",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=start_pgbouncer,
    causes=("database.no-endpoints", "temporal.namespace-not-found"),
    names=("pgbouncer",),
)
