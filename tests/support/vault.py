"""A worker whose pods get a Vault agent from the injector."""

from collections.abc import Sequence
from typing import Any

from diagnose.check.api import Context
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from tests.support.kit import Json, context
from tests.support.objects import meta

PREFIX = "vault.hashicorp.com/"
NOTES = {
    f"{PREFIX}agent-inject": "true",
    f"{PREFIX}role": "temporal-worker",
    f"{PREFIX}agent-inject-secret-auth-key": "secret/data/alga-psa/shared",
}
"""The annotations of the pod template, by which the agent writes /vault/secrets/auth-key."""
SCRIPT = ". /vault/secrets/auth-key\nexec node worker.js"
CONTAINER: Json = {"name": "worker", "args": [SCRIPT]}
AGENT = {"name": "vault-agent"}
SERVICE = "vault-agent-injector-svc"
"""The Service of the injector, in the namespace vault."""


def injected(
    *pods: Json, notes: dict[str, str] | None = None, injector: Sequence[LogLine] = (), **more: Any
) -> Context:
    """Returns what a check sees of a worker that reads files of the agent.

    Arguments:
        notes: annotations on top of NOTES.
        injector: the log of the injector's pod.
        more: what `context` takes.
    """
    answers = {ReadLog: LogText(tuple(injector))}
    return context(*pods, container=CONTAINER, annotations={**NOTES, **(notes or {})}, answers=answers, **more)


def webhook(policy: str = "Ignore", **selectors: Json) -> Json:
    """Returns the injector's webhook configuration with a failure policy."""
    client = {"service": {"name": SERVICE, "namespace": "vault"}, "caBundle": "eA=="}
    hook = {"name": "vault.hashicorp.com", "failurePolicy": policy, "clientConfig": client, **selectors}
    return {"metadata": meta("vault-agent-injector-cfg"), "webhooks": [hook]}
