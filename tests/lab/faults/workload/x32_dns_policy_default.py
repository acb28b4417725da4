"""The pod asks the node's name servers instead of the cluster's, so no Service has a name."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.90.0.1"]}}})


FAULT = Fault(
    id="X32",
    title="The pod's dnsConfig names a server that does not answer",
    inject=inject,
    settled=lambda lab: agent_says(lab, "lookup vault"),
    heal=nothing,
    causes=("network.resolver-overridden",),
    names=("10.90.0.1",),
)
