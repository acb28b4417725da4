"""The readiness probe asks a port on which nothing listens."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"readinessProbe": {"httpGet": {"port": 9999}}})


FAULT = Fault(
    id="K20b",
    title="The readiness probe asks another port",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening on port 8080"),
    heal=nothing,
    causes=("health.port-mismatch",),
    names=("9999", "8080"),
    timeout_s=180.0,
)
