"""The Temporal address is empty."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "TEMPORAL_ADDRESS=")


FAULT = Fault(
    id="T02c",
    title="The Temporal address is empty",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "TEMPORAL_ADDRESS: Temporal server address"),
    heal=nothing,
    causes=("config.variable-missing",),
    names=("TEMPORAL_ADDRESS",),
)
