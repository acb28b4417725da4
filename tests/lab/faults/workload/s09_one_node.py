"""All pods are on one node, as a drain of the other leaves them."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _nodes


def inject(lab: Lab) -> None:
    node = next(
        each for each in (one["metadata"]["name"] for one in lab.items("", "nodes")) if _nodes.pods_on(lab, each)
    )
    lab.kubectl("cordon", node)
    for name in _nodes.pods_on(lab, node):
        lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", name, "--wait=false")


def is_settled(lab: Lab) -> bool:
    found = worker.pods(lab)
    if len(found) != worker.REPLICAS or not all(map(worker.is_ready, found)):
        return False
    _nodes.uncordon_all(lab)
    return len({pod["spec"]["nodeName"] for pod in found}) == 1


def heal(lab: Lab) -> None:
    _nodes.uncordon_all(lab)
    name = worker.pods(lab)[0]["metadata"]["name"]
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", name, "--wait=false")


FAULT = Fault(
    id="S09",
    title="All pods on one of two nodes",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("scaling.pods-on-one-node",),
    names=("temporal-worker", "lab-"),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
    replaces_pods=True,
)
