"""The image's tag was never pushed."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": "docker.io/lab/temporal-worker:abc12345"})


FAULT = Fault(
    id="K02",
    title="The image tag does not exist",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-not-found",),
    names=("docker.io/lab/temporal-worker:abc12345",),
)
