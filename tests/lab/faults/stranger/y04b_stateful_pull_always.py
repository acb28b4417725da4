"""The other pod of the StatefulSet runs the very image."""

from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING

FAULT = Fault(
    id="Y04b",
    title="The pull policy of a StatefulSet is Always for an image that only the nodes have",
    scene=BILLING,
    inject=lambda lab: BILLING.patch_container(
        lab, "statefulset/invoice-worker", "worker", {"imagePullPolicy": "Always"}
    ),
    settled=lambda lab: BILLING.waits(lab, "invoice-worker", "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.image-pull-policy",),
    names=("invoice-worker", "Always"),
    stranger=True,
)
