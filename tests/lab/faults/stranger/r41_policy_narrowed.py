"""A NetworkPolicy that was applied lets the callers in at another port since an edit (NVIDIA/aicr#75)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

NAME, PORT, OTHER = "catalog-callers", 8080, 8443


def inject(lab: Lab) -> None:
    callers = {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": PORT}]}
    chosen = {"matchLabels": {"app": "catalog"}}
    spec = {"podSelector": chosen, "policyTypes": ["Ingress"], "ingress": [callers]}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    SHOP.apply(lab, {**kind, "metadata": {"name": NAME}, "spec": spec})
    change = [{"op": "replace", "path": "/spec/ingress/0/ports/0/port", "value": OTHER}]
    by = ("--field-manager=kubectl-edit", "--type=json")
    lab.kubectl("-n", SHOP.namespace, "patch", "networkpolicy", NAME, *by, "-p", json.dumps(change))


FAULT = Fault(
    id="R41",
    title="The port of a policy was changed by hand after it was applied",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.policy-blocks",),
    names=(NAME, str(PORT)),
)
