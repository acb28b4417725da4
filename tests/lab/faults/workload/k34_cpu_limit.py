"""The CPU limit makes the start so slow that the liveness probe ends it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import ended

LIMIT = "50m"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"resources": {"requests": {"cpu": LIMIT}, "limits": {"cpu": LIMIT}}})


FAULT = Fault(
    id="K34",
    title="The start is throttled and killed",
    inject=inject,
    settled=lambda lab: ended(lab, 137, "Error"),
    heal=nothing,
    causes=("health.start-too-slow",),
    names=(LIMIT,),
    timeout_s=280.0,
)
