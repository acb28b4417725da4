"""A node is drained: pods move one by one, as the disruption budget asks, and the node then stays empty."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _nodes

NODE = "drained node"


def inject(lab: Lab) -> None:
    lab.memory[NODE] = _nodes.fullest(lab)
    _nodes.drain(lab, lab.memory[NODE], seconds=3)


def is_under_way(lab: Lab) -> bool:
    return not all(map(worker.is_ready, worker.pods(lab)))


def is_drained(lab: Lab) -> bool:
    if _nodes.pods_on(lab, lab.memory[NODE]):
        _nodes.drain(lab, lab.memory[NODE], seconds=10)
        return False
    return worker.is_healthy(lab)


FAULT = Fault(
    id="N08",
    title="A node is being drained, and is empty later",
    inject=inject,
    settled=is_under_way,
    heal=_nodes.uncordon_all,
    causes=(),
    steady=is_drained,
    steady_timeout_s=300.0,
    replaces_pods=True,
)
