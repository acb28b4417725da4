"""Vault's role is bound to another namespace."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.write_role(lab)
    bound = ("bound_service_account_names=temporal-worker", "bound_service_account_namespaces=staging")
    vault_server.vault(lab, "write", f"auth/kubernetes/role/{vault_server.ROLE}", *bound)
    worker.restart(lab)


FAULT = Fault(
    id="V12",
    title="The Vault role is bound to another namespace",
    inject=inject,
    settled=lambda lab: agent_says(lab, "namespace not authorized"),
    heal=vault_server.write_role,
    causes=("vault.namespace-not-bound",),
    names=(vault_server.ROLE, worker.NAMESPACE),
)
