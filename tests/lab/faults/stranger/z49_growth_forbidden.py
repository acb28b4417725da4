"""The autoscaler is above its target, and its own policy forbids it to add pods (kubernetes/kubernetes#110034)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler

TARGET = {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 20}}


def inject(lab: Lab) -> None:
    metrics = [{"type": "Resource", "resource": TARGET}]
    _autoscaler.change(lab, {"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}, "metrics": metrics})


def heal(lab: Lab) -> None:
    _autoscaler.restore(lab)
    _autoscaler.patch(lab, {"behavior": None})


FAULT = Fault(
    id="Z49",
    title="The autoscaler's policy forbids it to add pods",
    stranger=True,
    inject=inject,
    settled=lambda lab: _autoscaler.says(lab, "ScalingLimited", "True", seconds=20),
    heal=heal,
    causes=("scaling.scale-up-disabled",),
    names=("temporal-worker",),
    warns=True,
)
