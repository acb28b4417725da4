"""The newest version of a secret that the templates read is deleted."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN

PATH = vault_server.WORKER_SECRET


def inject(lab: Lab) -> None:
    vault_server.remember_secret(lab, PATH)
    vault_server.vault(lab, "kv", "delete", f"secret/{PATH}")


FAULT = Fault(
    id="B01b",
    title="Before a deploy: a Vault secret is deleted",
    inject=inject,
    settled=lambda lab: True,
    heal=lambda lab: vault_server.restore_secret(lab, PATH),
    causes=("vault.secret-not-found",),
    names=("secret/data/alga-psa/temporal-worker", "deleted"),
    command=GATE,
    environment=WITH_TOKEN,
)
