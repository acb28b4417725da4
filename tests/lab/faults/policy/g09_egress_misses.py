"""The worker's NetworkPolicy allows all that it needs but Temporal, whose own check names the policy."""

from typing import Any

from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies

NAME = "lab-narrow"


def to(namespace: str, port: int) -> dict[str, Any]:
    where = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    return {"to": [where], "ports": [{"protocol": "TCP", "port": port}]}


ALLOWED = (_policies.DNS, to("vault", 8200), to("msp", 6432))

FAULT = Fault(
    id="G09",
    title="A NetworkPolicy forbids one of the worker's destinations",
    inject=lambda lab: _policies.limit_egress(lab, NAME, _policies.WORKER, *ALLOWED),
    settled=lambda _: True,
    heal=lambda lab: _policies.remove(lab, NAME),
    causes=("temporal.timed-out",),
    names=("msp/lab-narrow", "Temporal"),
    command=("audit",),
)
