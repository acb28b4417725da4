"""The command starts the program in the background and ends: the container is complete, every time."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
node dist/ee/temporal-workflows/src/worker.js &
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="X23",
    title="The container ends at once without an error",
    inject=inject,
    settled=lambda lab: waits(lab, "CrashLoopBackOff"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("exit code 0",),
)
