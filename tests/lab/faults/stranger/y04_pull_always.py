"""The image is on the nodes and in no registry (kubernetes/kubernetes#80527)."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

FAULT = Fault(
    id="Y04",
    title="The pull policy is Always for an image that only the nodes have",
    inject=lambda lab: worker.patch_container(lab, {"imagePullPolicy": "Always"}),
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-pull-policy",),
    names=("temporal-worker", "Always"),
    stranger=True,
)
