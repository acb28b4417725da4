"""The image is on each node under the tag latest, for which the default policy is Always."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.kubernetes import images
from tests.lab.kubernetes.settings import existing_nodes
from tests.lab.scene import SHOP

IMAGE, LATEST = "docker.io/lab/busybox:1", "docker.io/lab/busybox:latest"


def inject(lab: Lab) -> None:
    for node in existing_nodes():
        images.ctr(node, "images", "tag", "--force", IMAGE, LATEST)
    SHOP.patch_container(lab, "daemonset/node-agent", "agent", {"image": LATEST, "imagePullPolicy": None})


def heal(_: Lab) -> None:
    for node in existing_nodes():
        images.ctr(node, "images", "remove", LATEST)


FAULT = Fault(
    id="Y04c",
    title="The tag is latest, so an image that only the nodes have is pulled",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "node-agent", "ImagePullBackOff"),
    heal=heal,
    causes=("workload.image-pull-policy",),
    names=("busybox:latest", "Always"),
    stranger=True,
)
