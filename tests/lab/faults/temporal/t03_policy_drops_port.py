"""A NetworkPolicy lets the worker connect anywhere but to Temporal's port: packets are dropped."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies
from tests.lab.shape import crashes_saying

POLICY = "lab-no-temporal"
BUT_TEMPORAL = (
    {"ports": [{"protocol": "TCP", "port": 1, "endPort": 7232}]},
    {"ports": [{"protocol": "TCP", "port": 7234, "endPort": 65535}]},
)


def inject(lab: Lab) -> None:
    _policies.limit_egress(lab, POLICY, _policies.WORKER, _policies.DNS, *BUT_TEMPORAL)
    worker.restart(lab)


FAULT = Fault(
    id="T03",
    title="A NetworkPolicy drops the way to Temporal",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: _policies.remove(lab, POLICY),
    causes=("temporal.timed-out",),
    names=(POLICY, "7233"),
)
