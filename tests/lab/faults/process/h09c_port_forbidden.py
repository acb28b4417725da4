"""The health endpoint wants a port that only root may open."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

# As it is on every node outside of containers; some runtimes are more generous.
PRIVILEGED = {"name": "net.ipv4.ip_unprivileged_port_start", "value": "1024"}


def inject(lab: Lab) -> None:
    health = {"httpGet": {"path": "/health", "port": 80}}
    container = {
        "name": worker.NAME,
        "env": [{"name": "HEALTH_CHECK_PORT", "value": "80"}],
        "livenessProbe": health,
        "readinessProbe": health,
    }
    worker.patch_template(lab, {"spec": {"containers": [container], "securityContext": {"sysctls": [PRIVILEGED]}}})


FAULT = Fault(
    id="H09c",
    title="The health port is for root alone",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "EACCES"),
    heal=nothing,
    causes=("health.port-forbidden",),
    names=("80",),
    timeout_s=180.0,
)
