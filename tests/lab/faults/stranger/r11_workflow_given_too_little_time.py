"""The caller gives a workflow less time than its activities take (temporalio/temporal#1913)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.faults.temporal._temporal import QUIET, in_frontend
from tests.lab.scene import BILLING

NUMBER = 12
DONE = '    return f"charged {invoice}"'


def inject(lab: Lab) -> None:
    _billing.change_program(lab, (DONE, f"    await asyncio.sleep(10)\n{DONE}"))
    options = f"--namespace billing --type {_billing.WORKFLOW} --task-queue {_billing.QUEUE} --run-timeout 3s"
    one = f"temporal workflow start --workflow-id lab-invoice-$each {options} --input '\"invoice-7\"' {QUIET}"
    in_frontend(lab, f"for each in $(seq {NUMBER}); do {one}; done")


def timed_out(lab: Lab) -> int:
    query = "WorkflowId STARTS_WITH 'lab-' AND ExecutionStatus = 'TimedOut'"
    return int(json.loads(_billing.described(lab, "count", "--query", query)).get("count", 0))


FAULT = Fault(
    id="R11",
    title="Workflows get less time than they need",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: timed_out(lab) >= NUMBER,
    heal=_billing.forget,
    causes=("temporal.workflows-failing",),
    names=(_billing.WORKFLOW,),
)
