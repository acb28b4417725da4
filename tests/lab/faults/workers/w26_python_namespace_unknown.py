"""A key of the ConfigMap is misspelt."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.patch(lab, "configmap/billing-settings", {"data": {"temporal-namespace": "billings"}})
    BILLING.restart(lab, "statefulset/invoice-worker")


FAULT = Fault(
    id="W26",
    title="A worker in Python is set to a namespace that Temporal does not have",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "billings"),
    heal=nothing,
    causes=("temporal.namespace-not-found",),
    names=("billings",),
)
