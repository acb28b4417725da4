"""A ConfigMap is edited, and nothing happens until new pods read it: a restart later breaks on it."""

import time

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

LATER_S = 5.0


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "configmap/shop-settings", {"data": {"PORT": "eighty"}})
    time.sleep(LATER_S)
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="X70",
    title="A ConfigMap was edited by hand, and the pods of a later restart do not start",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, "storefront", "ValueError"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("shop-settings", "PORT"),
)
