"""The workflow that deploys failed and went back: the worker works, on the old version, and the gate must not open."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines
from tests.lab.shape import waits

TAG = "5a1e7001"


def inject(lab: Lab) -> None:
    image = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["spec"]["containers"][0]["image"]
    worker.patch_container(lab, {"image": f"{image.rpartition(':')[0]}:{TAG}"})
    wait_until("the image is not found", lambda: waits(lab, "ErrImagePull", "ImagePullBackOff"), seconds=180)
    worker.go_back(lab)
    _pipelines.run(lab, _pipelines.DEPLOY, image_tag=TAG, namespace=worker.NAMESPACE, lab_fail="wait-for-rollout")


FAULT = Fault(
    id="D05b",
    title="The workflow that deploys failed and went back",
    inject=inject,
    settled=worker.is_healthy,
    heal=_pipelines.remove,
    causes=("argo.deploy-rolled-back",),
    names=(TAG, "wait-for-rollout", "helm-rollback"),
    command=("gate", "--phase", "post"),
    timeout_s=240.0,
)
