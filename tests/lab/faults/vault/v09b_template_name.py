"""The annotation with a file's template has another name than the one with its path in Vault."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying

LINE = 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"'


def inject(lab: Lab) -> None:
    changes = {
        "agent-inject-template-auth-key": None,
        "agent-inject-template-auth_key": _pods.template(vault_server.SHARED_SECRET, LINE),
    }
    _pods.annotate(lab, changes)


FAULT = Fault(
    id="V09b",
    title="The names of a secret's annotation and its template's do not pair",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Required Configuration Missing"),
    heal=nothing,
    causes=("secrets.template-missing",),
    names=("/vault/secrets/auth-key", "agent-inject-template-auth-key"),
)
