"""The Temporal address leads to a service that speaks HTTP/1.1, as Temporal's user interface does."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_server
from tests.lab.shape import crashes_saying

NAME = "temporal-ui"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'http')}")


FAULT = Fault(
    id="T05",
    title="The Temporal address is that of an HTTP service",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.not-grpc",),
    names=(NAME, "HTTP"),
)
