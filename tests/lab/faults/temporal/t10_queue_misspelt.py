"""The worker polls a misspelt task queue, and nobody polls the right one."""

from datetime import UTC, datetime

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing

QUEUES = "tenant-workflow,portal-domain-workflows,email-domain-workflows"

# Temporal remembers pollers for minutes: soon after the rollout the old ones still seem to poll.
FORGETTING_S = 75.0
DONE_AT = "queue rollout done at"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_TASK_QUEUE={QUEUES}")


def is_settled(lab: Lab) -> bool:
    new = worker.new_pods(lab)
    if len(new) != len(worker.pods(lab)) or not worker.is_healthy(lab):
        return False
    done_at = datetime.fromisoformat(lab.memory.setdefault(DONE_AT, _now().isoformat()))
    return (_now() - done_at).total_seconds() > FORGETTING_S


def _now() -> datetime:
    return datetime.now(UTC)


FAULT = Fault(
    id="T10",
    title="A task queue is misspelt",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("temporal.queue-misnamed",),
    names=("tenant-workflow",),
    timeout_s=420.0,
    replaces_pods=True,
)
