"""Egress to DNS alone is allowed."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    dns = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [dns]}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "dns-only"},
        "spec": spec,
    }
    SHIPPING.apply(lab, policy)
    SHIPPING.restart(lab, "deployment/parcel-worker")


FAULT = Fault(
    id="W17",
    title="A policy drops what a worker in Go sends to Temporal",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.crashes(lab, "parcel-worker", "unable to create Temporal client"),
    heal=nothing,
    causes=("network.policy-blocks",),
    names=("dns-only",),
)
