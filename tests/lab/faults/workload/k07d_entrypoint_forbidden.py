"""The container's command is a file that is not executable, so the runtime refuses it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import was_not_started


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"command": ["/app/ee/temporal-workflows/package.json"]})


FAULT = Fault(
    id="K07d",
    title="The container's program is not executable",
    inject=inject,
    settled=lambda lab: was_not_started(lab, "permission denied"),
    heal=nothing,
    causes=("workload.entrypoint-not-executable",),
    names=("/app/ee/temporal-workflows/package.json",),
)
