"""The Deployment is scaled to zero; its autoscaler leaves it so."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault


def inject(lab: Lab) -> None:
    lab.scale(worker.NAMESPACE, worker.DEPLOYMENT, 0)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "scale", worker.DEPLOYMENT, f"--replicas={worker.REPLICAS}")


FAULT = Fault(
    id="K30",
    title="The Deployment is scaled to zero",
    inject=inject,
    settled=lambda lab: not worker.pods(lab),
    heal=heal,
    causes=("workload.scaled-to-zero",),
    names=("temporal-worker",),
    replaces_pods=True,
)
