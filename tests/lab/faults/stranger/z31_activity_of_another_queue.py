"""A workflow sends its activities to a queue that nobody polls (temporalio/temporal#7593)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.scene import BILLING

QUEUE = "charges"
CALL = "workflow.execute_activity(charge, invoice, "


def inject(lab: Lab) -> None:
    _billing.change_program(lab, (CALL, f'{CALL}task_queue="{QUEUE}", '))
    _billing.start(lab, 12)


FAULT = Fault(
    id="Z31",
    title="A workflow's activities go to a queue that nobody polls",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _billing.waits_for_activity(lab, "lab-invoice-12", 30),
    heal=_billing.forget,
    causes=("temporal.activities-not-polled",),
    names=(QUEUE, "charge"),
)
