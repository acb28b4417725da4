"""All nodes are cordoned; the pods that run stay."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE


def inject(lab: Lab) -> None:
    lab.kubectl("cordon", *_nodes(lab))


def heal(lab: Lab) -> None:
    lab.kubectl("uncordon", *_nodes(lab))


def _nodes(lab: Lab) -> list[str]:
    return [node["metadata"]["name"] for node in lab.items("", "nodes")]


FAULT = Fault(
    id="B16",
    title="Before a deploy: every node is cordoned",
    inject=inject,
    settled=lambda lab: True,
    heal=heal,
    causes=("workload.no-node-suits",),
    names=("cordoned",),
    command=GATE,
)
