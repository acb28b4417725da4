"""A container beside the worker's ends again and again."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

SIDECAR = {
    "name": "log-shipper",
    "image": "docker.io/lab/busybox:1",
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    "command": ["sh", "-c", "echo fatal: no such output: loki; exit 1"],
}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"containers": [SIDECAR]}})


FAULT = Fault(
    id="X07",
    title="A sidecar crashes",
    inject=inject,
    settled=lambda lab: waits(lab, "CrashLoopBackOff", container="log-shipper"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("log-shipper", "no such output: loki"),
)
