"""The old version works on."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS


def inject(lab: Lab) -> None:
    ORDERS.patch_container(lab, "deployment/orders-v2-9c3e", "worker", {"image": "docker.io/lab/go-worker:v9"})


FAULT = Fault(
    id="W40",
    title="The new version of a WorkerDeployment has an image that does not exist",
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.waits(lab, "orders-v2", "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-not-found",),
    names=("go-worker:v9",),
)
