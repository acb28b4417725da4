"""The policy names the secrets without data/, below which KV version 2 stores them."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says

SECRETS = (vault_server.WORKER_SECRET, vault_server.SHARED_SECRET)


def inject(lab: Lab) -> None:
    rules = "".join(f'path "secret/{path}" {{\n  capabilities = ["read"]\n}}\n' for path in SECRETS)
    vault_server.vault(lab, "policy", "write", vault_server.POLICY, "-", stdin=rules)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    vault_server.write_policy(lab, *SECRETS)


FAULT = Fault(
    id="V21",
    title="The Vault policy's paths lack data/",
    inject=inject,
    settled=lambda lab: agent_says(lab, "permission denied"),
    heal=heal,
    causes=("vault.policy-denied",),
    names=("secret/data/alga-psa/", vault_server.ROLE),
)
