"""The API server lacks a variable; the worker works, so that it is named as another workload."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.set_env(lab, "deployment/invoice-api", "BILLING_TEMPORAL_NAMESPACE-")


FAULT = Fault(
    id="W27",
    title="A client of Temporal crashes next to a healthy worker",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-api", "KeyError"),
    heal=nothing,
    causes=(),
    unknown=True,
)
