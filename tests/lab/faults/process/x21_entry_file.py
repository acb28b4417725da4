"""The command starts a file that the image has elsewhere."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
exec node dist/worker.js
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="X21",
    title="The command names a file that is not in the image",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "MODULE_NOT_FOUND"),
    heal=nothing,
    causes=("process.entry-not-found",),
    names=("dist/worker.js",),
)
