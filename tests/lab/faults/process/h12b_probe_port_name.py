"""The probes name a port that the container does not declare."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"readinessProbe": {"httpGet": {"path": "/health", "port": "http"}}})


FAULT = Fault(
    id="H12b",
    title="A probe names a port that is not there",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening on port 8080"),
    heal=nothing,
    causes=("health.port-name-unknown",),
    names=("http", "readiness"),
    timeout_s=180.0,
)
