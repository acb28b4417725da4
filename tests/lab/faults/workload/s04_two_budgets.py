"""A second disruption budget selects the worker's pods."""

from tests.lab.fault import Fault
from tests.lab.faults.workload import _budgets

FAULT = Fault(
    id="S04",
    title="Two disruption budgets for the same pods",
    inject=lambda lab: _budgets.add(lab, "lab-second", {"maxUnavailable": 1, "selector": _budgets.WORKER}),
    settled=lambda _: True,
    heal=lambda lab: _budgets.remove(lab, "lab-second"),
    causes=("scaling.budgets-overlap",),
    names=("lab-second", "temporal-worker"),
    command=("audit",),
    warns=True,
)
