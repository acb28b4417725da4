"""A workflow fails by its own code, each time it is started."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import count, delete_workflows, start_workflows

WORKFLOW = "genericJobWorkflow"


def inject(lab: Lab) -> None:
    start_workflows(lab, 12, WORKFLOW, "alga-jobs", {"jobName": "rmm-sync", "failWorkflow": True})


FAULT = Fault(
    id="T22c",
    title="A workflow fails by its own code",
    inject=inject,
    settled=lambda lab: count(lab, f"WorkflowId STARTS_WITH 'lab-{WORKFLOW}-' AND ExecutionStatus = 'Failed'") >= 12,
    heal=delete_workflows,
    causes=("temporal.workflows-failing",),
    names=(WORKFLOW, "Generic job workflow failed"),
)
