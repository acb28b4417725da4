"""A part of the calls fails; each pod that the Service selects answers."""

from tests.lab.fault import Fault
from tests.lab.faults.stranger._services import add_slice, remove_slice
from tests.lab.scene import SHOP

SLICE = "catalog-import"

FAULT = Fault(
    id="Y02d",
    title="A Service of the shop has addresses of another owner that nobody has",
    scene=SHOP,
    inject=lambda lab: add_slice(lab, SHOP.namespace, "catalog", SLICE, "multicluster-controller", ("http", 8080)),
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed"),
    heal=lambda lab: remove_slice(lab, SHOP.namespace, SLICE),
    causes=("network.endpoints-foreign",),
    names=("catalog", SLICE),
    timeout_s=120.0,
    stranger=True,
)
