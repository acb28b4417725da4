"""The policy that the worker's role names does not exist."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN

BOTH = (vault_server.WORKER_SECRET, vault_server.SHARED_SECRET)


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "policy", "delete", vault_server.POLICY)


FAULT = Fault(
    id="B03b",
    title="Before a deploy: the Vault policy does not exist",
    inject=inject,
    settled=lambda lab: True,
    heal=lambda lab: vault_server.write_policy(lab, *BOTH),
    causes=("vault.policy-denied",),
    names=("secret/data/alga-psa/", f"policy {vault_server.POLICY} does not exist"),
    command=GATE,
    environment=WITH_TOKEN,
)
