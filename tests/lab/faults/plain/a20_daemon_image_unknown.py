"""One node after the other would get it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch_container(lab, "daemonset/node-agent", "agent", {"image": "docker.io/lab/busybox:9"})


FAULT = Fault(
    id="A20",
    title="A DaemonSet has an image that does not exist",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "node-agent", "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-not-found",),
    names=("busybox:9",),
)
