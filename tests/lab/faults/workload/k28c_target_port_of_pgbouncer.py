"""The Service of the database's pooler leads to a port on which its pods do not listen."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _services
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE = "msp", "pgbouncer"


def inject(lab: Lab) -> None:
    _services.lead_to_port(lab, NAMESPACE, SERVICE, 6433)
    worker.restart(lab)


FAULT = Fault(
    id="K28c",
    title="The Service of PgBouncer leads to a wrong port",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=lambda lab: _services.restore(lab, NAMESPACE, SERVICE),
    causes=("database.refused",),
    names=("pgbouncer", "6433"),
)
