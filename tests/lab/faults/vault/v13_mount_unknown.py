"""The pod's annotation names an auth mount that Vault does not have."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._server import annotate
from tests.lab.shape import agent_says

MOUNT = "auth/k8s-prod"

FAULT = Fault(
    id="V13",
    title="The agent logs in at a mount that is not enabled",
    inject=lambda lab: annotate(lab, auth_path=MOUNT),
    settled=lambda lab: agent_says(lab, f"/v1/{MOUNT}/login"),
    heal=nothing,
    causes=("vault.auth-path-not-found",),
    names=(MOUNT,),
)
