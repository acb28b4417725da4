"""Vault is sealed."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "operator", "seal")
    worker.restart(lab)


def is_settled(lab: Lab) -> bool:
    # Readiness follows the seal by seconds. Where a Service does not publish addresses that are not ready, it has no
    # endpoints then, and the agents' text changes.
    is_out = not worker.is_ready(lab.item(vault_server.NAMESPACE, "pod", "vault-0"))
    return is_out and (agent_says(lab, "Vault is sealed") or agent_says(lab, "connection refused"))


FAULT = Fault(
    id="V26",
    title="Vault is sealed",
    inject=inject,
    settled=is_settled,
    heal=vault_server.unseal,
    causes=("vault.sealed",),
)
