"""The kubernetes auth method is disabled in Vault, which also revokes the tokens of the agents that run."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import MOUNT, restore_auth
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "auth", "disable", "kubernetes")
    worker.restart(lab)


FAULT = Fault(
    id="V13b",
    title="The kubernetes auth method is disabled",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=restore_auth,
    causes=("vault.auth-path-not-found",),
    names=(MOUNT,),
)
