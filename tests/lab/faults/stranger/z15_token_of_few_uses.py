"""The role's tokens may be used once, and the agent has two secrets to read (hashicorp/vault#12918)."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says

ROLE = f"auth/kubernetes/role/{vault_server.ROLE}"


def inject(lab: Lab) -> None:
    _limit(lab, 1)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    _limit(lab, 0)


def _limit(lab: Lab, uses: int) -> None:
    vault_server.write_role(lab)
    # A write of some fields keeps the others.
    vault_server.vault(lab, "write", ROLE, f"token_num_uses={uses}")


FAULT = Fault(
    id="Z15",
    title="The tokens of a Vault role may be used once",
    stranger=True,
    inject=inject,
    settled=lambda lab: agent_says(lab, "Code: 403"),
    heal=heal,
    causes=("vault.token-uses-exhausted",),
    names=("token_num_uses",),
)
