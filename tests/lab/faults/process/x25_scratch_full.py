"""A scratch volume in memory is smaller than what the program writes at its start."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
exec node --eval "require('node:fs').writeFileSync('/scratch/bundle.js', Buffer.alloc(32 << 20))"
"""


def inject(lab: Lab) -> None:
    container = {"name": worker.NAME, "args": [PROGRAM], "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}]}
    volume = {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}}
    worker.patch_template(lab, {"spec": {"containers": [container], "volumes": [volume]}})


FAULT = Fault(
    id="X25",
    title="A scratch volume in memory is full",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ENOSPC"),
    heal=nothing,
    causes=("process.disk-full",),
    names=("scratch", "8Mi"),
)
