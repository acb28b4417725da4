"""The Service of Temporal is misspelt in the ConfigMap."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.patch(lab, "configmap/billing-settings", {"data": {"temporal-host-port": "temporal-front.temporal:7233"}})
    BILLING.restart(lab, "statefulset/invoice-worker")


FAULT = Fault(
    id="W28",
    title="A worker in Python is given a host of Temporal that does not exist",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "dns error"),
    heal=nothing,
    causes=("temporal.host-not-found",),
    names=("temporal-front.temporal",),
)
