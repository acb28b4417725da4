"""A container beside the worker's never becomes ready, so the pod does not."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import stays_unready

PROBE = {"exec": {"command": ["test", "-e", "/tmp/connected"]}, "periodSeconds": 5}
SIDECAR = {
    "name": "metrics-proxy",
    "image": "docker.io/lab/busybox:1",
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    "command": ["sh", "-c", "echo waiting for upstream; sleep 100000"],
    "readinessProbe": PROBE,
}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"containers": [SIDECAR]}})


FAULT = Fault(
    id="K21b",
    title="A sidecar is not ready",
    inject=inject,
    settled=lambda lab: stays_unready(lab, seconds=125),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("metrics-proxy",),
    timeout_s=180.0,
)
