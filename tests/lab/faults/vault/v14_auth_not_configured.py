"""The kubernetes auth method is enabled and has the worker's role, but was never configured."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import MOUNT, restore_auth
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "auth", "disable", "kubernetes")
    vault_server.vault(lab, "auth", "enable", "kubernetes")
    vault_server.write_role(lab)
    worker.restart(lab)


FAULT = Fault(
    id="V14",
    title="The kubernetes auth method is not configured",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=restore_auth,
    causes=("vault.auth-not-configured",),
    names=(MOUNT,),
)
