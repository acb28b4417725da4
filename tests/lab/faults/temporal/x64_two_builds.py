"""A worker of an older build has been left running beside the release, and polls one of its queues."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_other_worker

NAME = "temporal-worker-old"
QUEUE = "sla-workflows"
CHANGE = ('status: "healthy"', 'status: "fine"')
STARTED_AT = "the other worker polls since"
# Until its polls have come round to the partition of the queue that the server describes.
ROUND_S = 75.0


def inject(lab: Lab) -> None:
    run_other_worker(lab, NAME, QUEUE, change=CHANGE)
    lab.memory[STARTED_AT] = datetime.now(UTC).isoformat()


def is_settled(lab: Lab) -> bool:
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[STARTED_AT])).total_seconds() > ROUND_S


FAULT = Fault(
    id="X64",
    title="A worker of another build polls one of the queues",
    inject=inject,
    settled=is_settled,
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.mixed-versions",),
    names=(QUEUE, NAME),
    command=("audit", "--only", "temporal.one-version"),
    warns=True,
)
