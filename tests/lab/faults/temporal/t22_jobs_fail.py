"""All jobs fail: the worker's activities end with an error that is not tried again."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import all_new_for, delete_workflows, start_workflows

WORKFLOW = "genericJobWorkflow"


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LAB_FAILING_JOBS=*")


def is_settled(lab: Lab) -> bool:
    if not all_new_for(lab, 0):
        return False
    start_workflows(lab, 12, WORKFLOW, "alga-jobs", {"jobName": "rmm-sync"})
    return True


FAULT = Fault(
    id="T22",
    title="All jobs of the worker fail",
    inject=inject,
    settled=is_settled,
    heal=delete_workflows,
    arrives=lambda lab: start_workflows(lab, 3, WORKFLOW, "alga-jobs", {"jobName": "rmm-sync"}),
    causes=("temporal.workflows-failing",),
    names=(WORKFLOW, "Job rmm-sync failed"),
    timeout_s=300.0,
    replaces_pods=True,
)
