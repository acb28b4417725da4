"""The image is private, and the pod names no pull secret."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

IMAGE = "docker.io/private/temporal-worker:abc12345"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": IMAGE})


FAULT = Fault(
    id="K01b",
    title="A private image is pulled without a secret",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-unauthorized",),
    names=(IMAGE, "no pull secret"),
)
