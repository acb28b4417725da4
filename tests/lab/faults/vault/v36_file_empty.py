"""A template's condition finds nothing, so that its file is empty."""

from tests.lab import vault_server
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying

TEMPLATE = f"""\
{{{{- with secret "secret/data/{vault_server.SHARED_SECRET}" -}}}}
{{{{- if .Data.data.alga_key -}}}}
export ALGA_AUTH_KEY="{{{{ .Data.data.alga_key }}}}"
{{{{- end -}}}}
{{{{- end -}}}}
"""


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-inject-template-auth-key": TEMPLATE.strip()})


FAULT = Fault(
    id="V36",
    title="A file of the Vault agent is empty",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Required Configuration Missing"),
    heal=nothing,
    causes=("secrets.file-empty",),
    names=("/vault/secrets/auth-key",),
)
