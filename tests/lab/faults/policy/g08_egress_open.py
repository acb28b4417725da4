"""A NetworkPolicy is there for the worker, and allows every address."""

from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies

NAME = "lab-open"
ANYWHERE = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}

FAULT = Fault(
    id="G08",
    title="A NetworkPolicy that allows every address on every port",
    inject=lambda lab: _policies.limit_egress(lab, NAME, _policies.WORKER, ANYWHERE),
    settled=lambda _: True,
    heal=lambda lab: _policies.remove(lab, NAME),
    causes=("policy.egress-unlimited",),
    names=("msp/lab-open", "every address"),
    command=("audit",),
    warns=True,
)
