"""The disruption budget selects a label that the pods do not have."""

from tests.lab.fault import Fault
from tests.lab.faults.workload import _budgets

LABEL = "app.kubernetes.io/component"

FAULT = Fault(
    id="S05",
    title="The disruption budget selects no pod",
    inject=lambda lab: _budgets.patch(lab, {"selector": {"matchLabels": {LABEL: "worker"}}}),
    settled=lambda _: True,
    heal=lambda lab: _budgets.patch(lab, {"selector": {"matchLabels": {LABEL: "temporal-worker"}}}),
    causes=("scaling.budget-selects-none",),
    names=("temporal-worker",),
    command=("audit",),
    warns=True,
)
