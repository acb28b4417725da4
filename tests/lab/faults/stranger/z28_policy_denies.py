"""A second policy of the role denies what the first one allows (hashicorp/vault#8662)."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says

ROLE = f"auth/kubernetes/role/{vault_server.ROLE}"
NAME = "no-shared-secrets"
DENY = f'path "secret/data/{vault_server.SHARED_SECRET}" {{\n  capabilities = ["deny"]\n}}\n'


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "policy", "write", NAME, "-", stdin=DENY)
    vault_server.vault(lab, "write", ROLE, f"policies={vault_server.POLICY},{NAME}")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    vault_server.write_role(lab)
    vault_server.vault(lab, "policy", "delete", NAME)


FAULT = Fault(
    id="Z28",
    title="A second Vault policy denies what the first one allows",
    stranger=True,
    inject=inject,
    settled=lambda lab: agent_says(lab, "permission denied"),
    heal=heal,
    causes=("vault.policy-denied",),
    names=(NAME,),
)
