"""The autoscaler is for a Deployment of another name, as the runbook has it."""

from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler

OTHER = "alga-psa-temporal-worker"

FAULT = Fault(
    id="S03",
    title="The autoscaler is for a Deployment that does not exist",
    inject=lambda lab: _autoscaler.change(lab, {"scaleTargetRef": {"name": OTHER}}),
    settled=lambda lab: _autoscaler.says(lab, "AbleToScale", "False"),
    heal=_autoscaler.restore,
    causes=("scaling.autoscaler-target-missing",),
    names=(OTHER,),
    command=("audit",),
    warns=True,
)
