"""An option in NODE_OPTIONS is misspelt: node ends before it reads the program."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NODE_OPTIONS=--max-old-space-sise=768")


FAULT = Fault(
    id="X20",
    title="Node refuses an option of its environment",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "is not allowed in NODE_OPTIONS"),
    heal=nothing,
    causes=("process.node-option-refused",),
    names=(
        "--max-old-space-sise",
        "NODE_OPTIONS",
    ),
)
