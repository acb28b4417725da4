"""The key is gone, and the pods start anew."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.patch(lab, "configmap/billing-settings", {"data": {"temporal-host-port": None}})
    BILLING.restart(lab, "statefulset/invoice-worker")


FAULT = Fault(
    id="W25",
    title="A ConfigMap lacks the key with a worker's Temporal address",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.waits(lab, "invoice-worker-1", "CreateContainerConfigError"),
    heal=nothing,
    causes=("secrets.configmap-key-not-found",),
    names=(
        "billing-settings",
        "temporal-host-port",
    ),
)
