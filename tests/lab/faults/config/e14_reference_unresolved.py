"""A value refers to a variable that nobody defines; the worker starts with the text."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    worker.set_env(lab, "APPLICATION_URL=https://$(PUBLIC_NAME)")


FAULT = Fault(
    id="E14",
    title="A value refers to a variable that is not defined",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("config.reference-unresolved",),
    names=(
        "APPLICATION_URL",
        "PUBLIC_NAME",
    ),
    replaces_pods=True,
)
