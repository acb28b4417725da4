"""The container's shell runs a file that is not executable: exit code 126."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
exec dist/ee/temporal-workflows/src/worker.js
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="K07c",
    title="The shell may not run the program",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Permission denied"),
    heal=nothing,
    causes=("process.command-not-found",),
    names=("dist/ee/temporal-workflows/src/worker.js",),
)
