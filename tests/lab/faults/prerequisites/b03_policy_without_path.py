"""The policy of the worker's role allows one of its secrets only."""

from tests.lab import vault_server
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN

BOTH = (vault_server.WORKER_SECRET, vault_server.SHARED_SECRET)

FAULT = Fault(
    id="B03",
    title="Before a deploy: the Vault policy does not allow one secret",
    inject=lambda lab: vault_server.write_policy(lab, vault_server.SHARED_SECRET),
    settled=lambda lab: True,
    heal=lambda lab: vault_server.write_policy(lab, *BOTH),
    causes=("vault.policy-denied",),
    names=("secret/data/alga-psa/temporal-worker", vault_server.ROLE),
    command=GATE,
    environment=WITH_TOKEN,
)
