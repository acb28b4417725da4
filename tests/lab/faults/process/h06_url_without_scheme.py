"""The application's URL has no scheme: the worker starts, and every use of it fails."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    worker.set_env(lab, "APPLICATION_URL=algapsa.com")


FAULT = Fault(
    id="H06",
    title="A URL has no scheme",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("config.url-without-scheme",),
    names=("APPLICATION_URL", "algapsa.com"),
    replaces_pods=True,
)
