"""The memory limit is below what the start-up needs."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_killed_for_memory

LIMIT = "128Mi"


def inject(lab: Lab) -> None:
    resources = {"requests": {"memory": LIMIT}, "limits": {"memory": LIMIT}}
    worker.patch_container(lab, {"resources": resources})


FAULT = Fault(
    id="K05",
    title="The worker is killed for its memory limit",
    inject=inject,
    settled=is_killed_for_memory,
    heal=nothing,
    causes=("workload.oom-killed",),
    names=("128Mi",),
)
