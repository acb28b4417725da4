"""An init container of the user's own fails."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

INIT = {
    "name": "check-schema",
    "image": "docker.io/lab/busybox:1",
    "command": ["sh", "-c", "echo schema version 12, wanted 13 >&2; exit 3"],
}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"initContainers": [INIT]}})


FAULT = Fault(
    id="X06",
    title="An init container fails",
    inject=inject,
    settled=lambda lab: waits(lab, "CrashLoopBackOff", container="check-schema"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("check-schema", "schema version 12, wanted 13"),
)
