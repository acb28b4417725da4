"""A template reads a secret of KV version 2 as one of version 1, and gets `<no value>` (hashicorp/vault-k8s#123)."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._pods import annotate
from tests.lab.shape import is_new_pod_ready

# The agent finds the secret by this path too; its values are in .Data.data.
PATH = f"secret/{vault_server.SHARED_SECRET}"
TEMPLATE = f'{{{{- with secret "{PATH}" -}}}}\nexport ALGA_AUTH_KEY="{{{{ .Data.alga_auth_key }}}}"\n{{{{- end }}}}\n'


def inject(lab: Lab) -> None:
    annotate(lab, {"agent-inject-secret-auth-key": PATH, "agent-inject-template-auth-key": TEMPLATE})


FAULT = Fault(
    id="Z29",
    title="A Vault template looks for a value one level too high",
    stranger=True,
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("secrets.value-missing",),
    names=("ALGA_AUTH_KEY",),
    replaces_pods=True,
)
