"""The worker has workflows and no activities, so it polls one half of its queue (temporalio/sdk-typescript#300)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    _billing.change_program(lab, ("activities=[charge]", "activities=[]"))
    _billing.start(lab, 12)


FAULT = Fault(
    id="Z30",
    title="A worker polls no activities, which its workflows wait for",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _billing.waits_for_activity(lab, "lab-invoice-12", 30),
    heal=_billing.forget,
    causes=("temporal.activities-not-polled",),
    names=(_billing.QUEUE, "charge"),
)
