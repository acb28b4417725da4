"""A secret that the templates read was never written."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN

PATH = vault_server.SHARED_SECRET


def inject(lab: Lab) -> None:
    vault_server.remember_secret(lab, PATH)
    vault_server.vault(lab, "kv", "metadata", "delete", f"secret/{PATH}")


FAULT = Fault(
    id="B01",
    title="Before a deploy: Vault has no secret at a path",
    inject=inject,
    settled=lambda lab: True,
    heal=lambda lab: vault_server.restore_secret(lab, PATH),
    causes=("vault.secret-not-found",),
    names=("secret/data/alga-psa/shared",),
    command=GATE,
    environment=WITH_TOKEN,
)
