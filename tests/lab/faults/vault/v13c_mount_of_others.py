"""The pod's annotation names an auth mount of another cluster, which does not have the worker's role."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import annotate, configure
from tests.lab.shape import agent_says

PATH = "k8s-staging"
MOUNT = f"auth/{PATH}"


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "auth", "enable", f"-path={PATH}", "kubernetes")
    configure(lab, mount=MOUNT)
    annotate(lab, auth_path=MOUNT)


def heal(lab: Lab) -> None:
    vault_server.vault(lab, "auth", "disable", PATH)


FAULT = Fault(
    id="V13c",
    title="The agent logs in at a mount that does not have its role",
    inject=inject,
    settled=lambda lab: agent_says(lab, "invalid role name"),
    heal=heal,
    causes=("vault.role-not-found",),
    names=(vault_server.ROLE, MOUNT),
)
