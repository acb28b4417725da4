"""The container's shell runs a program that the image does not have: exit code 127."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
exec nodex dist/ee/temporal-workflows/src/worker.js
"""


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"args": [PROGRAM]})


FAULT = Fault(
    id="K07b",
    title="The shell finds no such program",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "nodex: not found"),
    heal=nothing,
    causes=("process.command-not-found",),
    names=("nodex",),
)
