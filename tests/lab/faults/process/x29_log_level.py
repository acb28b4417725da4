"""The log level is in capitals, which the logger does not know: the worker works and says nothing."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LOG_LEVEL=INFO")


FAULT = Fault(
    id="X29",
    title="A log level that the logger does not know",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("config.log-level-unknown",),
    names=(
        "LOG_LEVEL",
        "INFO",
    ),
    replaces_pods=True,
    warns=True,
)
