"""The image must not be pulled, and no node has it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

IMAGE = "docker.io/lab/temporal-worker:abc12345"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": IMAGE, "imagePullPolicy": "Never"})


FAULT = Fault(
    id="X01",
    title="imagePullPolicy Never with an image that no node has",
    inject=inject,
    settled=lambda lab: waits(lab, "ErrImageNeverPull"),
    heal=nothing,
    causes=("workload.image-never-pulled",),
    names=(IMAGE, "Never"),
)
