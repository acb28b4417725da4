"""The Vault role wants another audience in the service account's token."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "write", f"auth/kubernetes/role/{vault_server.ROLE}", "audience=https://vault.example")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    vault_server.vault(lab, "delete", f"auth/kubernetes/role/{vault_server.ROLE}")
    vault_server.write_role(lab)


FAULT = Fault(
    id="X33",
    title="The Vault role wants another audience",
    inject=inject,
    settled=lambda lab: agent_says(lab, "audience"),
    heal=heal,
    causes=("vault.audience-mismatch",),
    names=("temporal-worker",),
)
