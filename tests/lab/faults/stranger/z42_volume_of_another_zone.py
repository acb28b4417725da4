"""The claim is bound to a volume of a zone in which there is no node (kubernetes/kubernetes#81020)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _volumes
from tests.lab.scene import SHOP

ZONE = "eu-central-1c"


def inject(lab: Lab) -> None:
    term = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [ZONE]}
    required = {"nodeSelectorTerms": [{"matchExpressions": [term]}]}
    _volumes.mount(lab, "ReadWriteOnce", nodeAffinity={"required": required})


FAULT = Fault(
    id="Z42",
    title="The volume of a claim is in a zone without a node",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: _volumes.is_unschedulable(lab, "node affinity"),
    heal=_volumes.remove,
    causes=("workload.volume-elsewhere",),
    names=(_volumes.NAME, ZONE),
)
