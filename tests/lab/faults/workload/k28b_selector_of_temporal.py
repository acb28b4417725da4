"""The Service of Temporal selects pods of a label that none has; the frontend runs."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _services
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE = "temporal", "temporal-frontend"


def inject(lab: Lab) -> None:
    _services.select_other(lab, NAMESPACE, SERVICE, {"app": "temporal-frontnd"})
    worker.restart(lab)


FAULT = Fault(
    id="K28b",
    title="The Service of Temporal selects no pods",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: _services.restore(lab, NAMESPACE, SERVICE),
    causes=("temporal.no-endpoints",),
    names=("temporal/temporal-frontend", "app=temporal-frontnd"),
)
