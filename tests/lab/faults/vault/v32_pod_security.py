"""The namespace enforces a Pod Security level that the worker meets and the injected agent violates."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

LABEL = "pod-security.kubernetes.io/enforce"
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 999,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def inject(lab: Lab) -> None:
    lab.kubectl("label", "namespace", worker.NAMESPACE, f"{LABEL}=restricted", "--overwrite")
    worker.patch_container(lab, {"securityContext": RESTRICTED})


def heal(lab: Lab) -> None:
    lab.kubectl("label", "namespace", worker.NAMESPACE, f"{LABEL}-")


FAULT = Fault(
    id="V32",
    title="Pod Security refuses the injected Vault agent",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "violates PodSecurity"),
    heal=heal,
    causes=("workload.pod-security-violated",),
    names=("vault-agent-init", "seccompProfile", "restricted"),
)
