"""A template calls a function that does not exist."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    whole = _pods.template(vault_server.SHARED_SECRET, 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"')
    _pods.annotate(lab, {"agent-inject-template-auth-key": whole.replace("with secret ", "with secrets2 ")})


FAULT = Fault(
    id="V25b",
    title="A Vault template calls an unknown function",
    inject=inject,
    settled=lambda lab: agent_says(lab, "not defined"),
    heal=nothing,
    causes=("vault.template-invalid",),
    names=("agent-inject-template-auth-key", "secrets2"),
)
