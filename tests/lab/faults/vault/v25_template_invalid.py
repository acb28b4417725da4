"""A template lacks its end."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    whole = _pods.template(vault_server.SHARED_SECRET, 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"')
    _pods.annotate(lab, {"agent-inject-template-auth-key": whole.replace("{{- end }}", "")})


FAULT = Fault(
    id="V25",
    title="A Vault template does not parse",
    inject=inject,
    settled=lambda lab: agent_says(lab, "unexpected EOF"),
    heal=nothing,
    causes=("vault.template-invalid",),
    names=("agent-inject-template-auth-key", "unexpected EOF"),
)
