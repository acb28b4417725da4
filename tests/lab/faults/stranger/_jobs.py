"""Jobs that each write a row, as a fault in the database lets them fail."""

from tests.lab.cluster import Lab
from tests.lab.faults.temporal._temporal import count, start_workflows

WORKFLOW = "genericJobWorkflow"


def start(lab: Lab, number: int = 12) -> None:
    """Start jobs."""
    start_workflows(lab, number, WORKFLOW, "alga-jobs", {"jobName": "rmm-sync"})


def arrive(lab: Lab) -> None:
    """Start some more."""
    start(lab, 3)


def have_failed(lab: Lab, number: int = 12) -> bool:
    """Whether so many of them have failed."""
    return count(lab, f"WorkflowId STARTS_WITH 'lab-{WORKFLOW}-' AND ExecutionStatus = 'Failed'") >= number
