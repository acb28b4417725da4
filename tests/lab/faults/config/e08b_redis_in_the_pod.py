"""The worker's configuration expects Redis in its own pod."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "REDIS_HOST=localhost")


FAULT = Fault(
    id="E08b",
    title="Redis is looked for in the worker's own pod",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.service-not-named",),
    names=(
        "REDIS_HOST",
        "localhost",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
)
