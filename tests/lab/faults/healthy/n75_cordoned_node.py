"""A node is cordoned for its maintenance, the shop's pods have moved, and the DaemonSet's pod stays there."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _nodes
from tests.lab.scene import SHOP

NODE = "lab-2"


def inject(lab: Lab) -> None:
    lab.kubectl("cordon", NODE)
    moved = [
        pod["metadata"]["name"]
        for name in ("storefront", "catalog", "carts")
        for pod in SHOP.pods(lab, name)
        if pod["spec"]["nodeName"] == NODE
    ]
    if moved:
        lab.kubectl("-n", SHOP.namespace, "delete", "pod", *moved)


FAULT = Fault(
    id="N75",
    title="A node is drained of the shop's pods, and cordoned",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.is_healthy(lab) and SHOP.is_older(lab, "catalog", 20),
    heal=_nodes.uncordon_all,
    causes=(),
    timeout_s=150.0,
)
