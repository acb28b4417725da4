"""The client certificate is root's, and the program has got a user of its own."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS

SECRET = "temporal-client-tls"


def inject(lab: Lab) -> None:
    volume = {"name": "temporal-tls", "secret": {"secretName": SECRET, "defaultMode": 0o400}}
    container = {"name": "worker", "securityContext": {"runAsUser": 65532, "runAsNonRoot": True}}
    change = {"spec": {"template": {"spec": {"volumes": [volume], "containers": [container]}}}}
    ORDERS.patch(lab, "deployment/orders-v2-9c3e", change)


FAULT = Fault(
    id="Y05b",
    title="The files of a mounted certificate are not for the container's user",
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.crashes(lab, "orders-v2", "permission denied"),
    heal=nothing,
    causes=("secrets.file-not-readable",),
    names=("/etc/temporal/tls",),
    stranger=True,
)
