"""The readiness probe asks for a path that the worker does not serve."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"readinessProbe": {"httpGet": {"path": "/healthz", "port": "health"}}})


FAULT = Fault(
    id="H12",
    title="A probe asks for a path that is not there",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening on port 8080"),
    heal=nothing,
    causes=("health.path-not-found",),
    names=("/healthz", "readiness"),
    timeout_s=180.0,
)
