"""The pod's annotation gives Vault a port that its Service does not offer."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._server import annotate
from tests.lab.shape import agent_says

END = "vault.vault.svc:8201"

FAULT = Fault(
    id="V28e",
    title="Vault's Service does not offer the port",
    inject=lambda lab: annotate(lab, service=f"http://{END}"),
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=nothing,
    causes=("vault.refused",),
    names=(END, "8200"),
)
