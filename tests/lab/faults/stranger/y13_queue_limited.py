"""A rate limit for a whole queue was set in Temporal and forgotten (temporalio/temporal#3145)."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import delete_workflows, start_workflows, temporal

QUEUE = "alga-jobs"
STARTED_AT = "jobs started at"


def set_limit(lab: Lab, limit: str) -> None:
    """Set the limit of the queue's activities a second; "default": none."""
    which = ("--task-queue", QUEUE, "--task-queue-type", "activity")
    reason = ("--queue-rps-limit-reason", "load test of the reporting team")
    temporal(lab, "task-queue", "config", "set", *which, "--queue-rps-limit", limit, *reason)


def inject(lab: Lab) -> None:
    set_limit(lab, "0.01")
    start_workflows(lab, 150, "genericJobWorkflow", QUEUE, {"jobName": "rmm-sync"})
    lab.memory[STARTED_AT] = datetime.now(UTC).isoformat()


def heal(lab: Lab) -> None:
    set_limit(lab, "default")
    delete_workflows(lab)


FAULT = Fault(
    id="Y13",
    title="A rate limit of a queue holds its work back",
    inject=inject,
    settled=lambda lab: (datetime.now(UTC) - datetime.fromisoformat(lab.memory[STARTED_AT])).total_seconds() > 30,
    heal=heal,
    causes=("temporal.queue-rate-limited",),
    names=(QUEUE,),
    stranger=True,
)
