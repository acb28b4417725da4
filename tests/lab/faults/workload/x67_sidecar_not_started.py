"""A sidecar among the init containers never passes its startup probe, so the worker after it is not started."""

from tests.lab import shape, worker
from tests.lab.fault import Fault, nothing

NAME = "log-shipper"
SIDECAR = {
    "name": NAME,
    "image": "docker.io/lab/busybox:1",
    "restartPolicy": "Always",
    "command": ["sh", "-c", "echo cannot reach collector; sleep 3600"],
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    "startupProbe": {"exec": {"command": ["test", "-e", "/ready"]}, "periodSeconds": 5, "failureThreshold": 100},
}
# Only what has run for longer than a whole start may take is called stuck.
PATIENCE_S = 130.0


FAULT = Fault(
    id="X67",
    title="A sidecar does not start",
    inject=lambda lab: worker.patch_template(lab, {"spec": {"initContainers": [SIDECAR]}}),
    settled=lambda lab: shape.is_older(lab, PATIENCE_S),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("log-shipper",),
    timeout_s=240.0,
)
