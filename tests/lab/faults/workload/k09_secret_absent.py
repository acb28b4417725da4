"""A variable comes from a Secret that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits


def inject(lab: Lab) -> None:
    source = {"secretKeyRef": {"name": "db-secrets", "key": "DB_PASSWORD_PGBOUNCER"}}
    worker.patch_container(lab, {"env": [{"name": "DB_PASSWORD_SERVER", "valueFrom": source}]})


FAULT = Fault(
    id="K09",
    title="A Secret does not exist",
    inject=inject,
    settled=lambda lab: waits(lab, "CreateContainerConfigError"),
    heal=nothing,
    causes=("secrets.secret-not-found",),
    names=("db-secrets",),
)
