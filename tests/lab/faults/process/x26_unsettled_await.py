"""The program waits at its top for something that never comes: node has nothing to do and ends."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
exec node --input-type=module --eval "console.log('Loading feature flags'); await new Promise(() => {})"
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="X26",
    title="The program waits for what never comes",
    inject=inject,
    settled=lambda lab: waits(lab, "CrashLoopBackOff"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("exit code 13",),
)
