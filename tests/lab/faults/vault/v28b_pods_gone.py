"""Vault's pods are gone."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import SERVER, start_server
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    lab.scale(vault_server.NAMESPACE, SERVER, 0)
    worker.restart(lab)


FAULT = Fault(
    id="V28b",
    title="Vault's pods are gone",
    inject=inject,
    settled=lambda lab: agent_says(lab, "connection refused"),
    heal=start_server,
    causes=("vault.no-endpoints",),
    names=("vault/vault",),
)
