"""NODE_OPTIONS loads an agent that only another image has."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NODE_OPTIONS=--require /opt/tracing/register.cjs")


FAULT = Fault(
    id="X27",
    title="A module that NODE_OPTIONS loads first is not in the image",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "MODULE_NOT_FOUND"),
    heal=nothing,
    causes=("process.preload-not-found",),
    names=(
        "/opt/tracing/register.cjs",
        "NODE_OPTIONS",
    ),
)
