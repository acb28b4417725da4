"""A StatefulSet was corrected, and does not replace the pod that does not get ready (kubernetes/kubernetes#67250)."""

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

SET, POD = "statefulset/carts", "carts-1"


def inject(lab: Lab) -> None:
    SHOP.set_env(lab, SET, "PORT=eighty")
    wait_until("the pod crashes", lambda: SHOP.crashes(lab, POD, "ValueError"), seconds=90)
    SHOP.set_env(lab, SET, "PORT=8080")


FAULT = Fault(
    id="R14",
    title="A StatefulSet was corrected, and its broken pod stays",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, POD, "ValueError"),
    heal=nothing,
    causes=("release.old-pod-kept",),
    names=(POD,),
)
