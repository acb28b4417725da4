"""A Service of type ExternalName leads to a name that does not exist."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

TARGET = "catalog.shop-eu.svc.cluster.local"


def inject(lab: Lab) -> None:
    heal(lab)
    spec = {"type": "ExternalName", "externalName": TARGET}
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "catalog"}, "spec": spec})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "service", "catalog", "--ignore-not-found")


FAULT = Fault(
    id="Z39",
    title="A Service of type ExternalName leads to a name that does not exist",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=heal,
    causes=("network.host-not-found",),
    names=("catalog", TARGET),
)
