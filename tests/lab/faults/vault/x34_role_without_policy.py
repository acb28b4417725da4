"""The Vault role gives a token without the worker's policy."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    role = f"auth/kubernetes/role/{vault_server.ROLE}"
    vault_server.vault(lab, "write", role, "token_policies=default", "policies=default")
    worker.restart(lab)


FAULT = Fault(
    id="X34",
    title="The Vault role has no policy that reads the secrets",
    inject=inject,
    settled=lambda lab: agent_says(lab, "permission denied"),
    heal=vault_server.write_role,
    causes=("vault.policy-denied",),
    names=("secret/data/alga-psa/",),
)
