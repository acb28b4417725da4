"""The worker's policy allows one of its two secrets only."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.write_policy(lab, vault_server.SHARED_SECRET)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    vault_server.write_policy(lab, vault_server.WORKER_SECRET, vault_server.SHARED_SECRET)


FAULT = Fault(
    id="V20",
    title="The Vault policy does not allow one secret",
    inject=inject,
    settled=lambda lab: agent_says(lab, "permission denied"),
    heal=heal,
    causes=("vault.policy-denied",),
    names=("secret/data/alga-psa/temporal-worker",),
)
