"""The new version lacks all variables of TLS."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS


def inject(lab: Lab) -> None:
    names = ("", "_CLIENT_CERT_PATH", "_CLIENT_KEY_PATH", "_SERVER_CA_CERT_PATH")
    ORDERS.set_env(lab, "deployment/orders-v2-9c3e", *(f"TEMPORAL_TLS{name}-" for name in names))


FAULT = Fault(
    id="W13",
    title="A worker in Go speaks plain text to a Temporal that expects TLS",
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.crashes(lab, "orders-v2", "unable to create Temporal client"),
    heal=nothing,
    causes=("temporal.tls-expected",),
    names=("temporal-frontend.temporal-tls",),
)
