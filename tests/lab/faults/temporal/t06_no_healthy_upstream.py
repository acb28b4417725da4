"""What stands before Temporal answers every call with Unavailable, as a gateway without a backend does."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_server
from tests.lab.shape import crashes_saying

NAME = "temporal-gateway"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'unavailable')}")


FAULT = Fault(
    id="T06",
    title="The gateway before Temporal has no backend: it answers Unavailable",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect to Temporal server"),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.not-serving",),
    names=(NAME, "no healthy upstream"),
)
