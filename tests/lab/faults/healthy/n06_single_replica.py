"""One replica without autoscaler and disruption budget, as on a small appliance."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.healthy import _install

ALONE = "replicaCount=1,autoscaling.enabled=false,podDisruptionBudget.enabled=false"


def inject(lab: Lab) -> None:
    _install.upgrade(lab, "--reuse-values", "--set", ALONE)


def is_settled(lab: Lab) -> bool:
    found = worker.pods(lab)
    return len(found) == 1 and worker.is_ready(found[0])


FAULT = Fault(
    id="N06",
    title="Healthy, with one replica, no autoscaler and no disruption budget",
    inject=inject,
    settled=is_settled,
    heal=_install.go_back,
    causes=(),
    replaces_pods=True,
)
