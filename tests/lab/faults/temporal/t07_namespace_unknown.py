"""The Temporal namespace does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "TEMPORAL_NAMESPACE=nope")


FAULT = Fault(
    id="T07",
    title="The Temporal namespace does not exist",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Namespace nope was not found"),
    heal=nothing,
    causes=("temporal.namespace-not-found",),
    names=("nope",),
)
