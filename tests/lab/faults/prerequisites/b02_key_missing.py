"""A Vault secret lacks the key that a template reads."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN

PATH = vault_server.SHARED_SECRET


def inject(lab: Lab) -> None:
    vault_server.remember_secret(lab, PATH)
    vault_server.vault(lab, "kv", "put", f"secret/{PATH}", "other_key=lab")


FAULT = Fault(
    id="B02",
    title="Before a deploy: a Vault secret lacks a key",
    inject=inject,
    settled=lambda lab: True,
    heal=lambda lab: vault_server.restore_secret(lab, PATH),
    causes=("vault.key-missing",),
    names=("secret/data/alga-psa/shared", "alga_auth_key", "other_key"),
    command=GATE,
    environment=WITH_TOKEN,
)
