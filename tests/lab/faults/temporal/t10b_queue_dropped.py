"""A queue is missing in the worker's list: its schedules start workflows that nobody takes."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.temporal._temporal import all_new_for, count, temporal

QUEUE = "email-domain-workflows"
SCHEDULE = "email-polling-reconcile-schedule"
# So long ago the last of the old pods must have polled, as with a queue that is misspelt.
FORGETTING_S = 20.0
TRIGGERED = "schedule triggered"


def inject(lab: Lab) -> None:
    worker.set_env(lab, "TEMPORAL_TASK_QUEUE=tenant-workflows,portal-domain-workflows")


def is_settled(lab: Lab) -> bool:
    if TRIGGERED not in lab.memory:
        if all_new_for(lab, FORGETTING_S):
            temporal(lab, "schedule", "trigger", "--schedule-id", SCHEDULE)
            lab.memory[TRIGGERED] = "yes"
        return False
    return count(lab, f"TaskQueue = '{QUEUE}' AND ExecutionStatus = 'Running'") > 0


FAULT = Fault(
    id="T10b",
    title="A task queue is dropped from the worker's list",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("temporal.queue-not-polled",),
    names=(QUEUE,),
    timeout_s=300.0,
    replaces_pods=True,
)
