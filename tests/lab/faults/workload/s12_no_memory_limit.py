"""The worker's container has no memory limit and requests no CPU."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"resources": {"limits": None}})


FAULT = Fault(
    id="S12",
    title="A container without a memory limit",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("scaling.resources-unset",),
    names=("temporal-worker has no memory limit",),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
)
