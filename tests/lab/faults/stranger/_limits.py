"""Rate limits of Temporal's queues, and the work that they hold back."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.faults.temporal._temporal import in_frontend, temporal

_STARTED_AT = "workflows started at"


def set_limit(lab: Lab, queue: str, limit: str, reason: str, *, namespace: str = "default") -> None:
    """Set the activities that a queue hands out a second; "default": no limit."""
    which = ("--task-queue", queue, "--task-queue-type", "activity", "--namespace", namespace)
    change = ("--queue-rps-limit", limit, "--queue-rps-limit-reason", reason)
    temporal(lab, "task-queue", "config", "set", *which, *change)


def start(lab: Lab, number: int, workflow: str, queue: str, argument: str, *, namespace: str = "default") -> None:
    """Start workflows of a namespace, as JSON what they get."""
    options = f"--type {workflow} --task-queue {queue} --namespace {namespace} --input '{argument}'"
    one = f"temporal workflow start --workflow-id lab-{workflow}-$each {options} >/dev/null 2>&1"
    in_frontend(lab, f"for each in $(seq {number}); do {one} & [ $((each % 8)) = 0 ] && wait; done; wait")
    started(lab)


def started(lab: Lab) -> None:
    """Remember that work has been started now."""
    lab.memory[_STARTED_AT] = datetime.now(UTC).isoformat()


def have_waited(lab: Lab, seconds: float) -> bool:
    """Whether the work was started so long ago."""
    since = datetime.now(UTC) - datetime.fromisoformat(lab.memory[_STARTED_AT])
    return since.total_seconds() > seconds


def delete(lab: Lab, namespace: str) -> None:
    """Delete what `start` started in a namespace."""
    query = ("--query", 'WorkflowId STARTS_WITH "lab-"', "--reason", "lab", "--yes")
    temporal(lab, "workflow", "delete", "--namespace", namespace, *query)
