"""Vault has no role for the worker; the pods that run had one when they started."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE, WITH_TOKEN


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "delete", f"auth/kubernetes/role/{vault_server.ROLE}")


FAULT = Fault(
    id="B04",
    title="Before a deploy: the Vault role does not exist",
    inject=inject,
    settled=lambda lab: True,
    heal=vault_server.write_role,
    causes=("vault.role-not-found",),
    names=(vault_server.ROLE,),
    command=GATE,
    environment=WITH_TOKEN,
)
