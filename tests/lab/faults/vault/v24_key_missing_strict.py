"""A template reads a key that the Vault secret does not have, and fails on missing keys."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    line = 'export ALGA_AUTH_KEY="{{ .Data.data.alga_authentication_key }}"'
    changes = {
        "error-on-missing-key-auth-key": "true",
        "agent-inject-template-auth-key": _pods.template(vault_server.SHARED_SECRET, line),
    }
    _pods.annotate(lab, changes)


FAULT = Fault(
    id="V24",
    title="A key is missing in a Vault secret, and the template fails on that",
    inject=inject,
    settled=lambda lab: agent_says(lab, "map has no entry for key"),
    heal=nothing,
    causes=("vault.key-missing",),
    names=("alga_authentication_key",),
)
