"""A template reads a secret of KV version 2 by the path of the command line (hashicorp/vault-k8s#123)."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._pods import annotate
from tests.lab.shape import agent_says

PATH = f"secret/{vault_server.SHARED_SECRET}"
TEMPLATE = f'{{{{- with secret "{PATH}" -}}}}\nexport ALGA_AUTH_KEY="{{{{ .Data.alga_auth_key }}}}"\n{{{{- end }}}}\n'


def inject(lab: Lab) -> None:
    annotate(lab, {"agent-inject-secret-auth-key": PATH, "agent-inject-template-auth-key": TEMPLATE})


FAULT = Fault(
    id="Z29",
    title="A Vault template's path lacks the data/ of KV version 2",
    stranger=True,
    inject=inject,
    settled=lambda lab: agent_says(lab, "Code: 403"),
    heal=nothing,
    causes=("vault.path-without-data",),
    names=(PATH,),
)
