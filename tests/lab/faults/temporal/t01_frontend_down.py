"""No Temporal frontend runs."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

FRONTEND = "deployment/temporal-frontend"


def inject(lab: Lab) -> None:
    lab.scale("temporal", FRONTEND, 0)
    worker.restart(lab)


FAULT = Fault(
    id="T01",
    title="The Temporal frontend is down",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: lab.scale("temporal", FRONTEND, 1),
    causes=("temporal.no-endpoints",),
    names=("temporal-frontend",),
)
