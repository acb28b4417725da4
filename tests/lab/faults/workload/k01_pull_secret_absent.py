"""The image is private, and the pull secret that the pod names does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

IMAGE = "docker.io/private/temporal-worker:abc12345"
SECRET = "harbor-credentials"


def inject(lab: Lab) -> None:
    worker.patch_template(
        lab, {"spec": {"imagePullSecrets": [{"name": SECRET}], "containers": [{"name": worker.NAME, "image": IMAGE}]}}
    )


FAULT = Fault(
    id="K01",
    title="The pull secret of a private image does not exist",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-unauthorized",),
    names=(IMAGE, SECRET),
)
