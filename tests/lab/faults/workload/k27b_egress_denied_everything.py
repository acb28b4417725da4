"""A NetworkPolicy lets nothing out of the worker, DNS included: no name resolves, nothing can be connected to."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies
from tests.lab.shape import agent_says, crashes_saying

POLICY = "lab-nothing-out"


def inject(lab: Lab) -> None:
    _policies.limit_egress(lab, POLICY, _policies.WORKER)
    worker.restart(lab)


FAULT = Fault(
    id="K27b",
    title="A NetworkPolicy denies all egress",
    inject=inject,
    settled=lambda lab: agent_says(lab, "lookup") or crashes_saying(lab, "EAI_AGAIN"),
    heal=lambda lab: _policies.remove(lab, POLICY),
    causes=("network.policy-blocks",),
    names=(POLICY,),
    timeout_s=240.0,
)
