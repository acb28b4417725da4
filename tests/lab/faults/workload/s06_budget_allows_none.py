"""The disruption budget requires all existing pods; no node is drained yet."""

from tests.lab import worker
from tests.lab.fault import Fault
from tests.lab.faults.workload import _budgets

FAULT = Fault(
    id="S06",
    title="A disruption budget that would block every drain",
    inject=lambda lab: _budgets.patch(lab, {"minAvailable": worker.REPLICAS}),
    settled=lambda _: True,
    heal=lambda lab: _budgets.patch(lab, {"minAvailable": worker.REPLICAS - 1}),
    causes=("scaling.budget-allows-none",),
    names=("temporal-worker", "minAvailable 3"),
    command=("audit",),
    warns=True,
)
