"""There is a Redis, but the worker has no address of it: its jobs do nothing, without an error."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

SERVICE = "lab-redis"


def inject(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "create", "service", "clusterip", SERVICE, "--tcp=6379:6379")


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "service", SERVICE, "--ignore-not-found")


FAULT = Fault(
    id="E08",
    title="Redis is there, and the worker is not told of it",
    inject=inject,
    settled=worker.is_healthy,
    heal=heal,
    causes=("config.service-not-named",),
    names=(
        "REDIS_HOST",
        "lab-redis",
    ),
    command=("audit", "--only", "config"),
)
