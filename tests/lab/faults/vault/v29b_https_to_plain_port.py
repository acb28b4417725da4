"""The pod's annotation says https, but Vault speaks plain HTTP."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._server import annotate
from tests.lab.shape import agent_says

ADDRESS = "https://vault.vault.svc:8200"

FAULT = Fault(
    id="V29b",
    title="The agent speaks TLS to a Vault without TLS",
    inject=lambda lab: annotate(lab, service=ADDRESS),
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=nothing,
    causes=("vault.tls-not-spoken",),
    names=(ADDRESS,),
)
