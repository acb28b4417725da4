"""The annotations give a file another name than the command reads."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying

LINE = 'export INTERNAL_API_SHARED_SECRET="{{ .Data.data.internal_api_shared_secret }}"'


def inject(lab: Lab) -> None:
    path = vault_server.WORKER_SECRET
    changes = {
        "agent-inject-secret-internal-api": None,
        "agent-inject-template-internal-api": None,
        "agent-inject-secret-internal_api": f"secret/data/{path}",
        "agent-inject-template-internal_api": _pods.template(path, LINE),
    }
    _pods.annotate(lab, changes)


FAULT = Fault(
    id="V09",
    title="The agent's file has another name than the command reads",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/internal-api"),
    heal=nothing,
    causes=("secrets.file-not-produced",),
    names=("/vault/secrets/internal-api", "/vault/secrets/internal_api"),
)
