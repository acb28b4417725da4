"""Vault is sealed; the pods that run do not notice."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "operator", "seal")


FAULT = Fault(
    id="B06",
    title="Before a deploy: Vault is sealed",
    inject=inject,
    settled=lambda lab: not worker.is_ready(lab.item(vault_server.NAMESPACE, "pod", "vault-0")),
    heal=vault_server.unseal,
    causes=("vault.sealed",),
    command=GATE,
)
