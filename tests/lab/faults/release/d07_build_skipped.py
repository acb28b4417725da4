"""The composite workflow left the worker's build out; its deploy asks for an image that was never built."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines
from tests.lab.shape import waits

COMMIT = "7a5b91c02d4e6f80912233445566778899aabbcc"


def deploy(lab: Lab, tag: str) -> None:
    """What a deploy does to the Deployment."""
    image = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["spec"]["containers"][0]["image"]
    worker.patch_container(lab, {"image": f"{image.rpartition(':')[0]}:{tag}"})


def inject(lab: Lab) -> None:
    _pipelines.run(lab, _pipelines.BOTH, commit_sha=COMMIT, namespace=worker.NAMESPACE, build_temporal_worker="auto")
    deploy(lab, COMMIT[:8])


def settled(lab: Lab) -> bool:
    return waits(lab, "ErrImagePull", "ImagePullBackOff")


FAULT = Fault(
    id="D07",
    title="The worker's build was skipped, and its image deployed",
    inject=inject,
    settled=settled,
    heal=_pipelines.remove,
    causes=("argo.build-skipped",),
    names=("build-temporal-worker", COMMIT[:8]),
)
