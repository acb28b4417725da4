"""The probes speak HTTPS to a health endpoint that speaks HTTP."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"readinessProbe": {"httpGet": {"scheme": "HTTPS"}}})


FAULT = Fault(
    id="X35",
    title="The readiness probe speaks HTTPS to an HTTP endpoint",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening"),
    heal=nothing,
    causes=("health.probe-scheme-mismatch",),
    names=("HTTPS",),
)
