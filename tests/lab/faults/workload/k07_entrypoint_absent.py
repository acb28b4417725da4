"""The container's command names a program that the image does not have."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import was_not_started


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"command": ["/bin/bashx", "-c"]})


FAULT = Fault(
    id="K07",
    title="The container's program does not exist",
    inject=inject,
    settled=lambda lab: was_not_started(lab, "/bin/bashx"),
    heal=nothing,
    causes=("workload.entrypoint-not-found",),
    names=("/bin/bashx",),
)
