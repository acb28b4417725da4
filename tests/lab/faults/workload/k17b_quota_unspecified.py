"""A quota counts CPU limits, and the agent's container has none, because an annotation took it away."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

QUOTA = "lab-limits"


def inject(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "create", "quota", QUOTA, "--hard=limits.cpu=100")
    notes = {"vault.hashicorp.com/agent-limits-cpu": ""}
    worker.patch_template(lab, {"metadata": {"annotations": notes}})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "quota", QUOTA, "--ignore-not-found")


FAULT = Fault(
    id="K17b",
    title="A ResourceQuota wants limits that a container does not have",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "must specify"),
    heal=heal,
    causes=("workload.quota-unspecified",),
    names=(QUOTA, "limits.cpu", "vault-agent"),
)
