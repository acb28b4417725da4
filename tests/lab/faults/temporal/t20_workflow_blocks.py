"""A workflow's code never gives the thread back: the SDK ends each try after five seconds, and tries again."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import (
    all_new_for,
    delete_workflows,
    forget_workflows,
    is_task_attempted,
    replace_workflows,
    start_workflows,
)

NAME = "lab-blocking-workflows"
TYPE = "healthCheckWorkflow"
STARTED = "blocking workflow started"
ENDLESS = ('  return { status: "healthy" };', "  while (true);")


def is_settled(lab: Lab) -> bool:
    if STARTED not in lab.memory:
        if all_new_for(lab, 0):
            start_workflows(lab, 1, TYPE, "sla-workflows", {})
            lab.memory[STARTED] = "yes"
        return False
    return is_task_attempted(lab, f"lab-{TYPE}-1", 3)


def heal(lab: Lab) -> None:
    forget_workflows(lab, NAME)
    delete_workflows(lab)


FAULT = Fault(
    id="T20",
    title="A workflow's code blocks",
    inject=lambda lab: replace_workflows(lab, NAME, ENDLESS),
    settled=is_settled,
    heal=heal,
    causes=("temporal.workflow-blocks",),
    names=(TYPE,),
    timeout_s=300.0,
    replaces_pods=True,
)
