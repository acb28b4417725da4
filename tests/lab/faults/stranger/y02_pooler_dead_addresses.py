"""A second EndpointSlice of another owner has six dead addresses (kubernetes/kubernetes#103804)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods
from tests.lab.faults.stranger._services import add_slice, remove_slice

SLICE = "pgbouncer-mirror"


def inject(lab: Lab) -> None:
    add_slice(lab, worker.NAMESPACE, "pgbouncer", SLICE, "service-mirror.example.org", ("pgbouncer", 6432))
    _pods.replace(lab)


def heal(lab: Lab) -> None:
    remove_slice(lab, worker.NAMESPACE, SLICE)
    _pods.drop(lab)


FAULT = Fault(
    id="Y02",
    title="The pooler's Service has addresses of another owner that nobody has",
    inject=inject,
    settled=lambda lab: _pods.crashes(lab, "Database connection failed"),
    heal=heal,
    causes=("network.endpoints-foreign",),
    names=("pgbouncer", SLICE),
    timeout_s=240.0,
    replaces_pods=True,
    stranger=True,
)
