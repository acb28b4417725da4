"""The variable is gone from the template."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.set_env(lab, "statefulset/invoice-worker", "BILLING_TASKQUEUE-")


FAULT = Fault(
    id="W21",
    title="A worker in Python lacks a variable that it reads at its start",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "KeyError: 'BILLING_TASKQUEUE'"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("BILLING_TASKQUEUE",),
)
