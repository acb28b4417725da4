"""The Service of a StatefulSet has an address, so its members have no names (kubernetes/kubernetes#68352)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    heal(lab)
    spec = {"selector": {"app": "carts"}, "ports": [{"name": "http", "port": 8080}]}
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "carts"}, "spec": spec})
    SHOP.patch(lab, "configmap/shop-settings", {"data": {"UPSTREAM_URL": "http://carts-0.carts:8080/products"}})
    SHOP.restart(lab, "deployment/storefront")


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "service", "carts", "--ignore-not-found")


FAULT = Fault(
    id="Z41",
    title="The Service of a StatefulSet is not headless, and a member is called by its name",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=heal,
    causes=("network.governing-service-not-headless",),
    names=("carts",),
)
