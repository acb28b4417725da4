"""A ConfigMap was corrected; the pods keep the variables of their start (kubernetes/kubernetes#22368)."""

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

SETTINGS = "configmap/shop-settings"
WRONG, RIGHT = "http://catalogue/products", "http://catalog/products"


def inject(lab: Lab) -> None:
    SHOP.patch(lab, SETTINGS, {"data": {"UPSTREAM_URL": WRONG}})
    SHOP.restart(lab, "deployment/storefront")
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", "deployment/storefront", "--timeout=50s")
    wait_until("the wrong host is called", lambda: SHOP.logs(lab, "storefront", "failed: "), seconds=60)
    SHOP.patch(lab, SETTINGS, {"data": {"UPSTREAM_URL": RIGHT}})


FAULT = Fault(
    id="Z05",
    title="A ConfigMap was corrected, and its pods were not restarted",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("config.value-outdated",),
    names=("shop-settings", "UPSTREAM_URL"),
)
