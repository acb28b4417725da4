"""The Service has the port for UDP alone, as an apply with both protocols leaves it (kubernetes/kubernetes#39188)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    change = [{"op": "add", "path": "/spec/ports/0/protocol", "value": "UDP"}]
    lab.kubectl("-n", SHOP.namespace, "patch", "service", "catalog", "--type=json", "-p", json.dumps(change))


FAULT = Fault(
    id="Z40",
    title="A Service has its port for UDP alone",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.service-protocol-mismatch",),
    names=("catalog", "UDP"),
)
