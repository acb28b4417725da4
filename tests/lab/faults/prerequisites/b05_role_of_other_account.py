"""Vault's role is bound to another service account than the new pods will have."""

from tests.lab import vault_server
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN

FAULT = Fault(
    id="B05",
    title="Before a deploy: the Vault role is bound to another account",
    inject=lambda lab: vault_server.write_role(lab, service_account="somebody-else"),
    settled=lambda lab: True,
    heal=vault_server.write_role,
    causes=("vault.service-account-not-bound",),
    names=(vault_server.ROLE, "temporal-worker"),
    command=GATE,
    environment=WITH_TOKEN,
)
