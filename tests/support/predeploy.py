"""A version of the worker that is to be deployed, which needs Secrets of Vault and of Kubernetes."""

from collections.abc import Mapping
from typing import Any

from diagnose.check.api import Context
from diagnose.queries.manifest import Manifest
from diagnose.target.request import Allowance, Occasion
from diagnose.target.target import VAULT
from tests.support.kit import Json, about, context, requested
from tests.support.objects import from_secret

PATH = "secret/data/app/x"
NOTES = {
    f"{VAULT}agent-inject": "true",
    f"{VAULT}role": "r",
    f"{VAULT}service": "http://vault.test:8200",
    f"{VAULT}agent-inject-secret-a": PATH,
    f"{VAULT}agent-inject-template-a": f'{{{{ with secret "{PATH}" }}}}export A="{{{{ .Data.data.k }}}}"{{{{ end }}}}',
}
IMAGE = "r.test/worker:1"
POD: Json = {
    "metadata": {"name": "p", "annotations": NOTES, "creationTimestamp": "2026-11-24T16:00:00Z"},
    "spec": {
        "containers": [{"name": "worker", "image": IMAGE, "env": [from_secret("A", "s")]}, {"name": "vault-agent"}],
        "imagePullSecrets": [{"name": "login"}],
    },
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}
"""The template, and a pod that runs from it."""
PLAIN_POD: Json = {"spec": {"containers": [{"name": "worker", "image": IMAGE}]}}
"""A template that needs nothing but its image."""
TOKEN = (Allowance.VAULT_TOKEN,)


def before_deploy(
    template: Json = POD,
    *,
    pods: tuple[Json, ...] = (),
    allowed: tuple[Allowance, ...] = (),
    answers: Mapping[Any, Any] | None = None,
    manifest: Manifest | None = None,
    **kinds: Any,
) -> Context:
    """Returns what a check sees of a template before its deploy, with the pods of the version before."""
    annotations = template.get("metadata", {}).get("annotations")
    ctx = context(*pods, spec=template["spec"], annotations=annotations, answers=answers, **kinds)
    return requested(about(ctx, manifest=manifest), allowed=frozenset(allowed), occasion=Occasion.BEFORE_DEPLOY)
