"""The worker's configuration names a Redis that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "REDIS_HOST=redis.msp.svc.cluster.local")


FAULT = Fault(
    id="E08c",
    title="The Redis that the worker is told of does not exist",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.service-unknown",),
    names=(
        "REDIS_HOST",
        "redis",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
)
