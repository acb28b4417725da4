"""The image lacks a module that the program imports."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
exec node --input-type=module --eval "import 'googleapis'"
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="H05",
    title="A module is missing in the image",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ERR_MODULE_NOT_FOUND"),
    heal=nothing,
    causes=("process.module-not-found",),
    names=("googleapis",),
)
