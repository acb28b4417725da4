"""It allows fewer pods than there are."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.apply(
        lab, {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "5"}}}
    )
    SHOP.restart(lab, "statefulset/carts")


FAULT = Fault(
    id="A23",
    title="A quota refuses the pods of a StatefulSet",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: len(SHOP.pods(lab, "carts")) < 2 and SHOP.has_event(lab, "carts", "exceeded quota"),
    heal=nothing,
    causes=("workload.quota-exceeded",),
    names=("few",),
)
