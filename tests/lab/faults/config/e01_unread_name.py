"""The store's URL is given under the name of the chart, which the worker does not read."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NM_STORE_URL=https://store.example.com")


FAULT = Fault(
    id="E01",
    title="A variable that the worker does not read",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.variable-unread",),
    names=(
        "NM_STORE_URL",
        "NM_STORE_BASE_URL",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
