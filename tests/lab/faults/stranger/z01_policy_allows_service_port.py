"""Policies see a connection after the Service's address has become a pod's (projectcalico/calico#8049)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    dns = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
    # The Service's port, which is 8080 at the pods.
    catalog = {"to": [{"podSelector": {"matchLabels": {"app": "catalog"}}}], "ports": [{"port": 80}]}
    spec = {"podSelector": {"matchLabels": {"app": "storefront"}}, "policyTypes": ["Egress"], "egress": [dns, catalog]}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    SHOP.apply(lab, {**kind, "metadata": {"name": "storefront-to-catalog"}, "spec": spec})


FAULT = Fault(
    id="Z01",
    title="A policy allows the port of the Service instead of the pods'",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.policy-blocks",),
    names=("storefront-to-catalog", "8080"),
)
