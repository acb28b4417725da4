"""The kubelet of a node is gone: the node no longer reports, and the pods on it count as lost."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.workload import _machines
from tests.lab.kubernetes.settings import Node

NODE = Node(2)


def inject(lab: Lab) -> None:
    _machines.stop_kubelet(NODE)


def heal(lab: Lab) -> None:
    _machines.start_kubelet(NODE)
    wait_until("the node is ready", lambda: _ready(lab) == "True", seconds=120)


def _ready(lab: Lab) -> str:
    conditions = lab.item("", "node", NODE.name)["status"]["conditions"]
    return next((str(each["status"]) for each in conditions if each["type"] == "Ready"), "")


def is_settled(lab: Lab) -> bool:
    """Whether the node counts as lost, and with it the pods that it has."""
    lost = [pod for pod in worker.pods(lab) if pod["spec"].get("nodeName") == NODE.name]
    return _ready(lab) == "Unknown" and not any(map(worker.is_ready, lost))


FAULT = Fault(
    id="K22",
    title="A node no longer reports",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("workload.node-not-ready",),
    names=(NODE.name,),
)
