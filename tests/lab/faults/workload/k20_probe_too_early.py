"""The liveness probe kills the worker before it can listen."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import restarts


def inject(lab: Lab) -> None:
    probe = {"initialDelaySeconds": 1, "periodSeconds": 1, "failureThreshold": 1}
    worker.patch_container(lab, {"livenessProbe": probe})


FAULT = Fault(
    id="K20",
    title="The liveness probe begins too early",
    inject=inject,
    settled=lambda lab: restarts(lab) >= 2,
    heal=nothing,
    causes=("health.probe-too-early",),
    timeout_s=240.0,
)
