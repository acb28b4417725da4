"""The programs run on and log it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"]}
    metadata = {"name": "default-deny-egress"}
    SHOP.apply(lab, {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="A13",
    title="A policy denies all egress of a namespace, DNS included",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.policy-blocks",),
    names=("default-deny-egress",),
)
