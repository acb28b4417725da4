"""The health endpoint is switched off, and the probes still ask for it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after


def inject(lab: Lab) -> None:
    worker.set_env(lab, "ENABLE_HEALTH_CHECK=false")


FAULT = Fault(
    id="H09b",
    title="The health endpoint is switched off",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Worker starting..."),
    heal=nothing,
    causes=("health.endpoint-disabled",),
    names=("ENABLE_HEALTH_CHECK",),
    timeout_s=180.0,
)
