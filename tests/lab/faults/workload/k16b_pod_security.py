"""The namespace enforces a Pod Security level that the worker's own container breaks."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

LABEL = "pod-security.kubernetes.io/enforce"


def inject(lab: Lab) -> None:
    lab.kubectl("label", "namespace", worker.NAMESPACE, f"{LABEL}=baseline", "--overwrite")
    worker.patch_container(lab, {"securityContext": {"privileged": True}})


def heal(lab: Lab) -> None:
    lab.kubectl("label", "namespace", worker.NAMESPACE, f"{LABEL}-")


FAULT = Fault(
    id="K16b",
    title="Pod Security refuses the worker's privileged container",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "violates PodSecurity"),
    heal=heal,
    causes=("workload.pod-security-violated",),
    names=("baseline", "privileged", worker.NAME),
)
