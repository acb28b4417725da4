"""Vault has no role for the worker."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "delete", f"auth/kubernetes/role/{vault_server.ROLE}")
    worker.restart(lab)


FAULT = Fault(
    id="V10",
    title="The Vault role is deleted",
    inject=inject,
    settled=lambda lab: agent_says(lab, "invalid role name"),
    heal=vault_server.write_role,
    causes=("vault.role-not-found",),
    names=(vault_server.ROLE,),
)
