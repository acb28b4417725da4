"""The pod wants nodes with a label that none has."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_unschedulable


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"nodeSelector": {"disk": "nvme"}}})


FAULT = Fault(
    id="K15",
    title="No node has the label of the nodeSelector",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "node affinity/selector"),
    heal=nothing,
    causes=("workload.node-selector-unmatched",),
    names=("disk=nvme",),
)
