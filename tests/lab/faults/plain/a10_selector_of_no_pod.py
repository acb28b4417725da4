"""The pods have the label app alone."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "service/catalog", {"spec": {"selector": {"version": "v2"}}})
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="A10",
    title="A Service selects a version that no pod has",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=nothing,
    causes=("network.service-selects-none",),
    names=("catalog",),
)
