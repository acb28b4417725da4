"""A key of the ConfigMap that envFrom delivers names another Service."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    SHIPPING.patch(lab, "configmap/shipping-env", {"data": {"TEMPORAL_HOST": "temporal.temporal-legacy:7233"}})
    SHIPPING.restart(lab, "deployment/parcel-worker")


FAULT = Fault(
    id="W11",
    title="A worker in Go is given a Temporal host that does not exist",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.crashes(lab, "parcel-worker", "unable to create Temporal client"),
    heal=nothing,
    causes=("temporal.host-not-found",),
    names=("temporal.temporal-legacy",),
)
