"""The catalogue's pods were replaced while kube-proxy of one node hangs."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _proxy
from tests.lab.scene import SHOP

NODE = "lab-2"


def inject(lab: Lab) -> None:
    place = {"nodeSelector": {"kubernetes.io/hostname": NODE}}
    SHOP.patch(lab, "deployment/storefront", {"spec": {"template": {"spec": place}}})
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", "deployment/storefront", "--timeout=55s")
    _proxy.hang(NODE)
    SHOP.restart(lab, "deployment/catalog")
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", "deployment/catalog", "--timeout=55s")


FAULT = Fault(
    id="Y07c",
    title="kube-proxy of one node hangs, its rules are of before the catalogue's pods were replaced",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed"),
    heal=lambda _: _proxy.wake(NODE),
    causes=("network.node-proxy-stale",),
    names=(NODE,),
    timeout_s=150.0,
    stranger=True,
)
