"""The application's URL is that of a developer's machine."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "APPLICATION_URL=http://localhost:3000")


FAULT = Fault(
    id="E09b",
    title="The application's URL leads to the pod itself",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.url-of-the-pod",),
    names=(
        "APPLICATION_URL",
        "localhost",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
