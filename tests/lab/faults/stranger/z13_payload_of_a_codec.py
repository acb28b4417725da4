"""A client encrypts its arguments by a codec that the worker does not have (temporalio/sdk-typescript#110)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import QUIET, delete_workflows, in_frontend, is_task_attempted

WORKFLOW = "readinessWorkflow"
ENCODING = "binary/encrypted"


def inject(lab: Lab) -> None:
    options = (
        f"--type {WORKFLOW} --task-queue sla-workflows --input '\"bWFkZSB1cA==\"' --input-meta encoding={ENCODING}"
    )
    start = f"temporal workflow start --workflow-id lab-encrypted-$each {options} {QUIET}"
    in_frontend(lab, f"for each in 1 2 3 4 5 6; do {start}; done")


FAULT = Fault(
    id="Z13",
    title="The arguments of workflows are encrypted, and the worker cannot decrypt them",
    stranger=True,
    inject=inject,
    settled=lambda lab: is_task_attempted(lab, "lab-encrypted-1", 3),
    heal=delete_workflows,
    causes=("temporal.payload-undecodable",),
    names=(WORKFLOW, ENCODING),
)
