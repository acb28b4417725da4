"""A variable is longer than the kernel takes, so no program starts with it (apache/camel-k#6724)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

KEY, CONFIG = "PRODUCTS_JSON", "shop-settings"
WORD = "argument list too long"


def inject(lab: Lab) -> None:
    found = lab.item(SHOP.namespace, "configmap", CONFIG)
    long = "[" + '{"price": 1},' * 12000 + "{}]"
    # A patch is an argument of the command, which would be too long itself.
    changed = {**found, "data": {**found["data"], KEY: long}}
    lab.kubectl("-n", SHOP.namespace, "replace", "-f", "-", stdin=json.dumps(changed))
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="R21",
    title="A ConfigMap's value is too long for a variable",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, "storefront", WORD) or SHOP.crashes(lab, "storefront", WORD),
    heal=nothing,
    causes=("workload.environment-too-large",),
    names=(KEY, CONFIG),
)
