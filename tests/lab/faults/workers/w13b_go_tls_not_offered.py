"""The address is that of the other Temporal."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS


def inject(lab: Lab) -> None:
    ORDERS.set_env(
        lab, "deployment/orders-v2-9c3e", "TEMPORAL_ADDRESS=temporal-frontend.temporal.svc.cluster.local:7233"
    )


FAULT = Fault(
    id="W13b",
    title="A worker in Go speaks TLS to a Temporal without it",
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.crashes(lab, "orders-v2", "unable to create Temporal client"),
    heal=nothing,
    causes=("temporal.tls-unexpected",),
    names=("temporal-frontend.temporal",),
)
