"""A key of the ConfigMap is misspelt."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    SHIPPING.patch(lab, "configmap/shipping-env", {"data": {"TEMPORAL_NAMESPACE": "shippping"}})
    SHIPPING.restart(lab, "deployment/parcel-worker")


FAULT = Fault(
    id="W15",
    title="A worker in Go is set to a namespace that Temporal does not have",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.crashes(lab, "parcel-worker", "unable to start worker"),
    heal=nothing,
    causes=("temporal.namespace-not-found",),
    names=("shippping",),
)
