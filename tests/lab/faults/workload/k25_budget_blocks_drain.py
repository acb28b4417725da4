"""A node is being drained, and the disruption budget lets none of the worker's pods go."""

from tests.lab import worker
from tests.lab.cluster import Lab, LabError
from tests.lab.fault import Fault
from tests.lab.faults.workload import _nodes

BUDGET = "temporal-worker"
NODE = "drained node"


def inject(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "poddisruptionbudget", BUDGET, {"spec": {"minAvailable": worker.REPLICAS}})
    lab.memory[NODE] = _nodes.fullest(lab)
    _nodes.drain(lab, lab.memory[NODE], seconds=5)


def is_settled(lab: Lab) -> bool:
    found = lab.item(worker.NAMESPACE, "poddisruptionbudget", BUDGET)
    if found["status"].get("disruptionsAllowed"):
        return False
    if not _nodes.pods_on(lab, lab.memory[NODE]):
        raise LabError("the drain went through")
    return True


def heal(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "poddisruptionbudget", BUDGET, {"spec": {"minAvailable": worker.REPLICAS - 1}})
    _nodes.uncordon_all(lab)


FAULT = Fault(
    id="K25",
    title="The disruption budget blocks the drain of a node",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("scaling.drain-blocked",),
    names=("temporal-worker", "lab-"),
)
