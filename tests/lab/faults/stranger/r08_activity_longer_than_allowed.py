"""An activity takes longer than its start-to-close timeout, and is tried again and again (temporalio/sdk-php#568)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.scene import BILLING

DONE, LIMIT = '    return f"charged {invoice}"', "timedelta(minutes=1)"


def inject(lab: Lab) -> None:
    _billing.change_program(lab, (DONE, f"    await asyncio.sleep(60)\n{DONE}"), (LIMIT, "timedelta(seconds=4)"))
    _billing.start(lab, 6)


def attempts(lab: Lab) -> int:
    found = json.loads(_billing.described(lab, "describe", "--workflow-id", "lab-invoice-1"))
    return max((int(each.get("attempt", 0)) for each in found.get("pendingActivities", [])), default=0)


FAULT = Fault(
    id="R08",
    title="An activity takes longer than its timeout allows",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: attempts(lab) >= 4,
    heal=_billing.forget,
    causes=("temporal.activity-failing",),
    names=("charge",),
)
