"""What an earlier cluster mesh wrote for Temporal's frontend has been left behind."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger._services import add_slice, remove_slice
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE, SLICE = "temporal", "temporal-frontend", "temporal-frontend-east"


def inject(lab: Lab) -> None:
    add_slice(lab, NAMESPACE, SERVICE, SLICE, "mesh-gateway", ("grpc", 7233))
    worker.restart(lab)


FAULT = Fault(
    id="Y02b",
    title="Temporal's Service has addresses of another owner that nobody has",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Temporal connection failed"),
    heal=lambda lab: remove_slice(lab, NAMESPACE, SLICE),
    causes=("network.endpoints-foreign",),
    names=(SERVICE, SLICE),
    timeout_s=240.0,
    stranger=True,
)
