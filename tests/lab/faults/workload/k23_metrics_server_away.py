"""The metrics server does not run: the autoscaler has no numbers, and leaves the worker as it is."""

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler

METRICS_SERVER = "deployment/metrics-server"


def inject(lab: Lab) -> None:
    lab.scale("kube-system", METRICS_SERVER, 0)


def is_settled(lab: Lab) -> bool:
    return _autoscaler.says(lab, "ScalingActive", "False", reason="FailedGetResourceMetric", seconds=65)


def heal(lab: Lab) -> None:
    lab.scale("kube-system", METRICS_SERVER, 1)
    # Until then the next fault would be found beside this one.
    wait_until("the autoscaler sees", lambda: _autoscaler.says(lab, "ScalingActive", "True"), seconds=120)


FAULT = Fault(
    id="K23",
    title="The metrics server does not run",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("scaling.metrics-unavailable",),
    names=("temporal-worker", "metrics-server"),
    timeout_s=180.0,
)
