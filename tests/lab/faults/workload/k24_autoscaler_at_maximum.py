"""The autoscaler wants more pods than its maximum. (That it undoes a manual scaling is its work, and no fault.)"""

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler

# So little that any worker uses more.
MEMORY = {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 10}}


def inject(lab: Lab) -> None:
    metrics = [{"type": "Resource", "resource": MEMORY}]
    _autoscaler.change(lab, {"minReplicas": 2, "maxReplicas": 3, "metrics": metrics})


def is_settled(lab: Lab) -> bool:
    return _autoscaler.says(lab, "ScalingLimited", "True", reason="TooManyReplicas", seconds=65)


def heal(lab: Lab) -> None:
    _autoscaler.restore(lab)
    # Until then the next fault would be found beside this one.
    wait_until("the autoscaler has room", lambda: not _is_limited(lab), seconds=60)


def _is_limited(lab: Lab) -> bool:
    return _autoscaler.says(lab, "ScalingLimited", "True", reason="TooManyReplicas")


FAULT = Fault(
    id="K24",
    title="The autoscaler is at its maximum and wants more",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("scaling.at-maximum",),
    names=("temporal-worker", "3"),
    timeout_s=180.0,
)
