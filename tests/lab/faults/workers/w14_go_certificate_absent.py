"""The volume of the new version names another Secret."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS


def inject(lab: Lab) -> None:
    volume = {"name": "temporal-tls", "secret": {"secretName": "temporal-client"}}
    ORDERS.patch(lab, "deployment/orders-v2-9c3e", {"spec": {"template": {"spec": {"volumes": [volume]}}}})


FAULT = Fault(
    id="W14",
    title="The Secret with a worker's client certificate does not exist",
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.has_event(lab, "orders-v2", 'secret "temporal-client" not found'),
    heal=nothing,
    causes=("secrets.secret-not-found",),
    names=("temporal-client",),
)
