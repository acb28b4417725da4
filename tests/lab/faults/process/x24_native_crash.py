"""The process crashes in native code: no line of the log says why."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
node --eval "process.kill(process.pid, 'SIGSEGV'); setTimeout(() => {}, 5000)"
exit $?
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="X24",
    title="The process crashes in native code",
    inject=inject,
    settled=lambda lab: waits(lab, "CrashLoopBackOff"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("exit code 139",),
)
