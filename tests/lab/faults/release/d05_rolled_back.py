"""A release failed and was rolled back: the old version works, and all that is left of the new one is its ReplicaSet.

Nothing is wrong with what runs, so nothing is found; the remark of the rollout says what was given up.
"""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits


def inject(lab: Lab) -> None:
    template = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]
    worker.patch_container(lab, {"image": f"{template['spec']['containers'][0]['image']}-never-built"})
    wait_until("the image is not found", lambda: waits(lab, "ErrImagePull", "ImagePullBackOff"), seconds=60)
    worker.go_back(lab)


FAULT = Fault(
    id="D05",
    title="A failed release was rolled back",
    inject=inject,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
)
