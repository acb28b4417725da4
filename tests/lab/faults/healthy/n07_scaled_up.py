"""The autoscaler has just raised the replicas: new pods start beside those that work, and are ready later."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler

MORE = 5


def inject(lab: Lab) -> None:
    _autoscaler.change(lab, {"minReplicas": MORE})


def is_starting(lab: Lab) -> bool:
    found = worker.pods(lab)
    return len(found) == MORE and sum(map(worker.is_ready, found)) == worker.REPLICAS


def is_ready(lab: Lab) -> bool:
    found = worker.pods(lab)
    return len(found) == MORE and all(map(worker.is_ready, found))


def heal(lab: Lab) -> None:
    _autoscaler.restore(lab)
    lab.kubectl("-n", worker.NAMESPACE, "scale", worker.DEPLOYMENT, f"--replicas={worker.REPLICAS}")


FAULT = Fault(
    id="N07",
    title="The autoscaler has raised the replicas",
    inject=inject,
    settled=is_starting,
    heal=heal,
    causes=(),
    steady=is_ready,
    steady_timeout_s=180.0,
    replaces_pods=True,
)
