"""A Service of type ExternalName names an address, which is looked up as a name (kubernetes-sigs/kind#1152)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

TARGET = "10.90.0.1"


def inject(lab: Lab) -> None:
    heal(lab)
    spec = {"type": "ExternalName", "externalName": TARGET}
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "catalog"}, "spec": spec})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "service", "catalog", "--ignore-not-found")


FAULT = Fault(
    id="Z39",
    title="A Service of type ExternalName names an address",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=heal,
    causes=("network.host-not-found",),
    names=("catalog", TARGET),
)
