"""One of the worker's secrets is deleted in Vault."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says

PATH = vault_server.SHARED_SECRET


def inject(lab: Lab) -> None:
    vault_server.remember_secret(lab, PATH)
    vault_server.vault(lab, "kv", "delete", f"secret/{PATH}")
    worker.restart(lab)


FAULT = Fault(
    id="V22",
    title="A Vault secret is deleted",
    inject=inject,
    settled=lambda lab: agent_says(lab, "no secret exists at"),
    heal=lambda lab: vault_server.restore_secret(lab, PATH),
    causes=("vault.secret-not-found",),
    names=("secret/data/alga-psa/shared",),
)
