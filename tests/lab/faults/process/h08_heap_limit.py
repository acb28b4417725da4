"""Node may use less memory than the worker's start needs."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NODE_OPTIONS=--max-old-space-size=40")


FAULT = Fault(
    id="H08",
    title="The heap limit of node is too low",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "FATAL ERROR"),
    heal=nothing,
    causes=("process.heap-exhausted",),
    names=("--max-old-space-size=40",),
)
