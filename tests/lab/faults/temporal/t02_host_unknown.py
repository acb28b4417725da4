"""Temporal's host name does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

HOST = "temporal-frontend.tempral.svc.cluster.local"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={HOST}:7233")


FAULT = Fault(
    id="T02",
    title="The Temporal host does not exist",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=nothing,
    causes=("temporal.host-not-found",),
    names=("temporal-frontend.tempral.svc.cluster.local",),
)
