"""The update begins with the highest ordinal and goes no further."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.patch_container(lab, "statefulset/invoice-worker", "worker", {"image": "docker.io/lab/python-programs:v9"})


FAULT = Fault(
    id="W30",
    title="A StatefulSet is stuck at its last ordinal: an image that does not exist",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.waits(lab, "invoice-worker-1", "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-not-found",),
    names=("python-programs:v9",),
)
