"""The worker is given the queue of another worker, and refuses to start."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

QUEUE = "workflow-runtime-v2"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_TASK_QUEUE=tenant-workflows,portal-domain-workflows,email-domain-workflows,{QUEUE}")


FAULT = Fault(
    id="T10c",
    title="The worker is given another worker's queue",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "not allowed to poll authored runtime queue"),
    heal=nothing,
    causes=("temporal.queue-forbidden",),
    names=(QUEUE,),
)
