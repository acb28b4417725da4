"""A key of its ConfigMap names a Service that is not there; the program runs on."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "configmap/shop-settings", {"data": {"UPSTREAM_URL": "http://catalogue/products"}})
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="A12",
    title="The host that a program calls does not exist",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.is_healthy(lab) and SHOP.repeats(lab, "storefront", "catalogue/products failed"),
    heal=nothing,
    causes=("network.host-not-found",),
    names=("catalogue",),
)
