"""With hostNetwork, dnsPolicy ClusterFirst means the node's name server (kubernetes/dns#316)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "deployment/storefront", {"spec": {"template": {"spec": {"hostNetwork": True}}}})


FAULT = Fault(
    id="Z03",
    title="Pods in the network of their node do not resolve the cluster's names",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.resolver-overridden",),
    names=("hostNetwork",),
)
