"""dnsPolicy is None, and the nameserver knows no Service."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    dns = {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["8.8.8.8"]}}
    SHOP.patch(lab, "deployment/storefront", {"spec": {"template": {"spec": dns}}})


FAULT = Fault(
    id="A22",
    title="A pod resolves names with a server outside the cluster",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.resolver-overridden",),
    names=("8.8.8.8",),
)
