"""A worker of an older build has been left running beside the release, and polls one of its queues."""

from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_other_worker

NAME = "temporal-worker-old"
QUEUE = "sla-workflows"
CHANGE = ('status: "healthy"', 'status: "fine"')

FAULT = Fault(
    id="X64",
    title="A worker of another build polls one of the queues",
    inject=lambda lab: run_other_worker(lab, NAME, QUEUE, change=CHANGE),
    settled=lambda lab: True,
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.mixed-versions",),
    names=(QUEUE, NAME),
    command=("audit",),
    warns=True,
)
