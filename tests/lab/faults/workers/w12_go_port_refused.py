"""Port 7234 is that of the history service, which the Service does not have."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    SHIPPING.patch(lab, "configmap/shipping-env", {"data": {"TEMPORAL_HOST": "temporal-frontend.temporal-legacy:7234"}})
    SHIPPING.restart(lab, "deployment/parcel-worker")


FAULT = Fault(
    id="W12",
    title="A worker in Go is given a port of Temporal where nothing listens",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.crashes(lab, "parcel-worker", "unable to create Temporal client"),
    heal=nothing,
    causes=("temporal.refused",),
    names=("7234",),
)
