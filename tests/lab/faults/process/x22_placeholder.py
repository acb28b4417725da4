"""A secret was never given its value: the worker starts with the chart's placeholder."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NEXTAUTH_SECRET=change-me-in-production")


FAULT = Fault(
    id="X22",
    title="A secret still holds the chart's placeholder",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("config.value-suspect",),
    names=("NEXTAUTH_SECRET",),
    replaces_pods=True,
    warns=True,
)
