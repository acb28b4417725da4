"""A workflow's result is larger than Temporal takes: short numbers in its input become long ones in its result."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import QUIET, count, delete_workflows, in_frontend

WORKFLOW = "readinessWorkflow"
NUMBERS = 150_000


def inject(lab: Lab) -> None:
    # JavaScript writes 1e20 as 21 digits: 0.8 MB go in, 3.3 MB come out, and 2 MB is the limit.
    numbers = f'for (i = 1; i < {NUMBERS}; i++) printf ",1e20"'
    # Made where it is used: what is piped through an exec may be cut.
    write = f'BEGIN {{ printf "{{\\"echo\\":[1e20"; {numbers}; print "]}}" }}'
    in_frontend(lab, f"awk '{write}' > /tmp/large.json")
    one = f"temporal workflow start --type {WORKFLOW} --task-queue sla-workflows --input-file /tmp/large.json"
    in_frontend(lab, f"for each in 1 2 3 4 5 6; do {one} --workflow-id lab-large-$each {QUIET}; done")


FAULT = Fault(
    id="T19",
    title="A workflow's result is larger than Temporal takes",
    inject=inject,
    settled=lambda lab: count(lab, "WorkflowId STARTS_WITH 'lab-large-' AND ExecutionStatus != 'Running'") >= 6,
    heal=delete_workflows,
    causes=("temporal.workflows-failing",),
    names=(WORKFLOW, "size limit"),
)
