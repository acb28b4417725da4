"""The log level of a developer is left in production."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LOG_LEVEL=debug")


FAULT = Fault(
    id="E07",
    title="The log level is that of a developer",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.log-level-verbose",),
    names=(
        "LOG_LEVEL",
        "debug",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
