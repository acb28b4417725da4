"""A NetworkPolicy lets the worker connect to everything but DNS, which answers everybody else."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies
from tests.lab.shape import agent_says, crashes_saying

POLICY = "lab-no-dns"
BUT_DNS = {"ports": [{"protocol": "TCP", "port": 54, "endPort": 65535}]}


def inject(lab: Lab) -> None:
    _policies.limit_egress(lab, POLICY, _policies.WORKER, BUT_DNS)
    worker.restart(lab)


FAULT = Fault(
    id="K26c",
    title="A NetworkPolicy keeps the worker from DNS",
    inject=inject,
    settled=lambda lab: agent_says(lab, "lookup") or crashes_saying(lab, "EAI_AGAIN"),
    heal=lambda lab: _policies.remove(lab, POLICY),
    causes=("network.policy-blocks",),
    names=(POLICY, "DNS"),
    timeout_s=180.0,
)
