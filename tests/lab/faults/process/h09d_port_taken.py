"""Another container of the pod listens on the port of the health endpoint, and answers the probes in its place."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

SIDECAR = {
    "name": "metrics-proxy",
    "image": "docker.io/lab/busybox:1",
    "imagePullPolicy": "IfNotPresent",
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    "command": ["busybox", "httpd", "-f", "-p", "8080"],
}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"containers": [SIDECAR]}})


FAULT = Fault(
    id="H09d",
    title="The health port is taken in the pod",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "EADDRINUSE"),
    heal=nothing,
    causes=("health.port-taken",),
    names=("8080", "metrics-proxy"),
    timeout_s=180.0,
)
