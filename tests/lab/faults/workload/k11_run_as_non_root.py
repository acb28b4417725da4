"""The pod must not run as root, and the image's user is a name, which the kubelet cannot check."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"securityContext": {"runAsNonRoot": True}})


FAULT = Fault(
    id="K11",
    title="runAsNonRoot with a user without a number",
    inject=inject,
    settled=lambda lab: waits(lab, "CreateContainerConfigError"),
    heal=nothing,
    causes=("workload.run-as-non-root",),
    names=("temporal", "runAsNonRoot"),
)
