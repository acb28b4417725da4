"""A pod that is not the worker's: it asks for a node that there is not."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers


def inject(lab: Lab) -> None:
    _strangers.make(lab, _strangers.pod_spec("sleep", "3600", nodeSelector={"disktype": "nvme"}))


def is_settled(lab: Lab) -> bool:
    return any(each.get("reason") == "Unschedulable" for each in _strangers.status(lab).get("conditions", []))


FAULT = Fault(
    id="Q05",
    title="Another pod asks for a node that there is not",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=("workload.node-selector-unmatched",),
    names=("disktype=nvme", _strangers.NAME),
    command=("pod", _strangers.NAME),
)
