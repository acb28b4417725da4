"""A client starts workflows with an argument of another type than the worker's (temporalio/sdk-python#321)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    _billing.start(lab, 4, '{"invoice": 7}')


FAULT = Fault(
    id="Z32",
    title="Workflows are started with an argument of another type",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _billing.attempts(lab, "lab-invoice-1") >= 3,
    heal=_billing.forget,
    causes=("temporal.workflow-task-failing",),
    names=(_billing.WORKFLOW, "argument"),
)
