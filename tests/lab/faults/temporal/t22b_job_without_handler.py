"""The server sends jobs for which the worker's code has no handler, among others that succeed."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import count, delete_workflows, start_workflows

WORKFLOW = "genericJobWorkflow"
JOB = "invoice-email-v2"


def inject(lab: Lab) -> None:
    start_workflows(lab, 12, WORKFLOW, "alga-jobs", {"jobName": JOB})


FAULT = Fault(
    id="T22b",
    title="Jobs are sent that the worker has no handler for",
    inject=inject,
    settled=lambda lab: count(lab, f"WorkflowId STARTS_WITH 'lab-{WORKFLOW}-' AND ExecutionStatus = 'Failed'") >= 12,
    heal=delete_workflows,
    causes=("temporal.workflows-failing",),
    names=(WORKFLOW, f"No handler registered for job type: {JOB}"),
)
