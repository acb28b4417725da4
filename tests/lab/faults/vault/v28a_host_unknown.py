"""The pod's annotation names a Vault in a namespace that does not exist."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._server import annotate
from tests.lab.shape import agent_says

HOST = "vault.vaultx.svc"

FAULT = Fault(
    id="V28a",
    title="Vault's host does not exist",
    inject=lambda lab: annotate(lab, service=f"http://{HOST}:8200"),
    settled=lambda lab: agent_says(lab, "no such host"),
    heal=nothing,
    causes=("vault.host-not-found",),
    names=(HOST,),
)
