"""A required variable is not set."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NEXTAUTH_SECRET-")


FAULT = Fault(
    id="H02",
    title="A required variable is missing",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Required Configuration Missing"),
    heal=nothing,
    causes=("config.variable-missing",),
    names=("NEXTAUTH_SECRET",),
)
