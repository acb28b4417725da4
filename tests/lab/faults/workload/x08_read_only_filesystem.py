"""The container's file system is read-only, and its start writes into it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
mkdir /app/ee/temporal-workflows/cache || exit 1
exec node dist/ee/temporal-workflows/src/worker.js
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM], "securityContext": {"readOnlyRootFilesystem": True}})


FAULT = Fault(
    id="X08",
    title="The start writes into a read-only file system",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Read-only file system"),
    heal=nothing,
    causes=("process.file-denied",),
    names=("/app/ee/temporal-workflows/cache",),
)
