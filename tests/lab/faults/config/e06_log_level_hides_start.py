"""The log level hides the lines of the start."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LOG_LEVEL=error")


FAULT = Fault(
    id="E06",
    title="The log level hides the start",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.log-level-hides-start",),
    names=(
        "LOG_LEVEL",
        "error",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
