"""The Service of the database's pooler selects pods of a label that none has; the pooler runs."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _services
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE = "msp", "pgbouncer"


def inject(lab: Lab) -> None:
    _services.select_other(lab, NAMESPACE, SERVICE, {"app": "pg-bouncer"})
    worker.restart(lab)


FAULT = Fault(
    id="K28",
    title="The Service of PgBouncer selects no pods",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=lambda lab: _services.restore(lab, NAMESPACE, SERVICE),
    causes=("database.no-endpoints",),
    names=("msp/pgbouncer", "app=pg-bouncer"),
)
