"""The Service of Temporal leads to a port on which its pods do not listen."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _services
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE = "temporal", "temporal-frontend"


def inject(lab: Lab) -> None:
    _services.lead_to_port(lab, NAMESPACE, SERVICE, 7234)
    worker.restart(lab)


FAULT = Fault(
    id="K28d",
    title="The Service of Temporal leads to a wrong port",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: _services.restore(lab, NAMESPACE, SERVICE),
    causes=("temporal.refused",),
    names=("temporal-frontend", "7234"),
)
