"""Every node has a taint that the worker does not tolerate."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_unschedulable


def inject(lab: Lab) -> None:
    lab.kubectl("taint", "nodes", "--all", "dedicated=x:NoSchedule", "--overwrite")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("taint", "nodes", "--all", "dedicated=x:NoSchedule-")


FAULT = Fault(
    id="K14",
    title="All nodes are tainted",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "untolerated taint"),
    heal=heal,
    causes=("workload.untolerated-taint",),
    names=("dedicated",),
)
