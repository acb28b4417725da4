"""One pod of the catalogue is left; storefront's pods are on two nodes."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger._services import LOCAL
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "deployment/catalog", {"spec": {"replicas": 1}})
    SHOP.patch(lab, "service/catalog", LOCAL)


FAULT = Fault(
    id="Y01c",
    title="A Service of the shop serves its own node only",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "timed out"),
    heal=nothing,
    causes=("network.service-serves-own-node",),
    names=("catalog",),
    timeout_s=150.0,
    stranger=True,
)
