"""A second autoscaler for the Deployment was created by hand."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler

SECOND = "lab-by-hand"


def inject(lab: Lab) -> None:
    limits = ("--min=3", "--max=6", "--cpu-percent=80")
    lab.kubectl("-n", worker.NAMESPACE, "autoscale", worker.DEPLOYMENT, f"--name={SECOND}", *limits)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", _autoscaler.KIND, SECOND, "--ignore-not-found")


FAULT = Fault(
    id="S01",
    title="Two autoscalers for one Deployment",
    inject=inject,
    settled=lambda lab: _autoscaler.says(lab, "ScalingActive", "False", reason="AmbiguousSelector", seconds=65),
    heal=heal,
    causes=("scaling.autoscalers-conflict",),
    names=("lab-by-hand", "temporal-worker"),
    timeout_s=180.0,
)
