"""The cluster's DNS does not run."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says, crashes_saying

COREDNS = "deployment/coredns"


def inject(lab: Lab) -> None:
    lab.scale("kube-system", COREDNS, 0)
    worker.restart(lab)


FAULT = Fault(
    id="K26",
    title="Cluster DNS is down",
    inject=inject,
    settled=lambda lab: agent_says(lab, "lookup") or crashes_saying(lab, "EAI_AGAIN"),
    heal=lambda lab: lab.scale("kube-system", COREDNS, 1),
    causes=("network.dns-down",),
    timeout_s=180.0,
)
