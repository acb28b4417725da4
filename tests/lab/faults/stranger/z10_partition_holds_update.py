"""A partition that is left over from a staged update keeps all pods as they were (kubernetes/kubernetes#112767)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    held = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    SHOP.patch(lab, "statefulset/carts", {"spec": {"updateStrategy": held}})
    SHOP.set_env(lab, "statefulset/carts", "CART_LIMIT=50")


def is_observed(lab: Lab) -> bool:
    carts = lab.item(SHOP.namespace, "statefulset", "carts")
    return bool(carts["status"]["observedGeneration"] == carts["metadata"]["generation"])


FAULT = Fault(
    id="Z10",
    title="The partition of a StatefulSet keeps an update from its pods",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_observed,
    heal=nothing,
    causes=("release.strategy-holds",),
    names=("carts", "partition"),
    warns=True,
)
