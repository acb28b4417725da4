"""The database host refers to a variable that nobody defines."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "DB_HOST=$(POOLER_NAME)")


FAULT = Fault(
    id="E14b",
    title="The database host refers to a variable that is not defined",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ENOTFOUND"),
    heal=nothing,
    causes=("config.reference-unresolved",),
    names=(
        "DB_HOST",
        "POOLER_NAME",
    ),
)
