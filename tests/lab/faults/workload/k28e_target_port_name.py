"""The Service of the database's pooler leads to a port by a name that its pods do not declare."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _services
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE = "msp", "pgbouncer"


def inject(lab: Lab) -> None:
    _services.lead_to_port(lab, NAMESPACE, SERVICE, "pg-bouncer")
    worker.restart(lab)


FAULT = Fault(
    id="K28e",
    title="The Service of PgBouncer leads to a port name that its pods do not have",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=lambda lab: _services.restore(lab, NAMESPACE, SERVICE),
    causes=("database.no-endpoints",),
    names=("msp/pgbouncer", "pg-bouncer"),
)
