"""The nodes' network plugin is not installed, so no sandbox can be made for a new pod."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _machines
from tests.lab.kubernetes.settings import existing_nodes
from tests.lab.shape import has_event

CONFIG = "cni/10-lab.conflist"
PLUGIN = "calico"


def inject(lab: Lab) -> None:
    for node in existing_nodes():
        lab.memory[node.name] = _machines.read(node, CONFIG)
        _machines.write(node, CONFIG, lab.memory[node.name].replace('"bridge",', f'"{PLUGIN}",', 1))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    for node in existing_nodes():
        if node.name in lab.memory:
            _machines.write(node, CONFIG, lab.memory[node.name])


def is_settled(lab: Lab) -> bool:
    # Once only: the half-made sandbox cannot be taken away either without the plugin, so no second one is tried.
    return has_event(lab, "FailedCreatePodSandBox", PLUGIN)


FAULT = Fault(
    id="K33",
    title="The network plugin of the nodes is missing",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("workload.sandbox-failed",),
    names=(PLUGIN,),
)
