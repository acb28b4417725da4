"""The container's script starts the worker in the background and ends: exit code 0, again and again."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import ended

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
node dist/ee/temporal-workflows/src/worker.js &
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="X14",
    title="The container ends without an error",
    inject=inject,
    settled=lambda lab: ended(lab, 0, "Completed", times=2),
    heal=nothing,
    causes=("release.change-suspected",),
    names=(worker.NAME, "exit code 0"),
)
