"""The image's name has an upper-case letter, which the rules for names forbid."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

IMAGE = "docker.io/lab/Temporal-Worker:abc12345"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": IMAGE})


FAULT = Fault(
    id="X02",
    title="The image's name is not allowed",
    inject=inject,
    settled=lambda lab: waits(lab, "InvalidImageName"),
    heal=nothing,
    causes=("workload.image-name-invalid",),
    names=(IMAGE,),
)
