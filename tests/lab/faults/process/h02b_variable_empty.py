"""A required variable is there, but empty."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "APPLICATION_URL=")


FAULT = Fault(
    id="H02b",
    title="A required variable is empty",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "APPLICATION_URL: Base URL"),
    heal=nothing,
    causes=("config.variable-missing",),
    names=("APPLICATION_URL", "empty"),
)
