"""The port of a Service that was applied is edited, and clients use the one before (kubernetes/kubectl#975)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

SERVICE = "catalog"


def inject(lab: Lab) -> None:
    change = [{"op": "replace", "path": "/spec/ports/0/port", "value": 8080}]
    by = ("--field-manager=kubectl-edit", "--type=json")
    lab.kubectl("-n", SHOP.namespace, "patch", "service", SERVICE, *by, "-p", json.dumps(change))


FAULT = Fault(
    id="R40",
    title="The port of a Service was changed by hand after it was applied",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.refused",),
    names=(SERVICE,),
)
