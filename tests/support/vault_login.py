"""A Vault that answers, and an agent whose login to it fails."""

from datetime import timedelta
from typing import Any

import msgspec

from diagnose.check.api import Context
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import LoginPathAnswer, QueryVault, ReadLoginPath, VaultAnswer
from tests.support.kit import NOW, Json, agent_log, context
from tests.support.objects import endpoint_slice, pod, service
from tests.support.vault import PREFIX

ADDRESS = "http://vault.vault.svc:8200"
DENIED = "permission denied"
LABELS = {"app": "vault"}
NOTES = {f"{PREFIX}agent-inject": "true", f"{PREFIX}role": "r", f"{PREFIX}service": ADDRESS}
OBJECTS: dict[str, list[Json]] = {
    "services": [service("vault", 8200, namespace="vault", selector=LABELS)],
    "endpointslices": [endpoint_slice("vault", 8200, "vault-0", namespace="vault")],
    "pods": [pod("vault-0", {"name": "vault"}, namespace="vault", labels=LABELS, serviceAccountName="vault")],
    "clusterroles": [
        {
            "metadata": {"name": "system:auth-delegator"},
            "rules": [
                {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
            ],
        }
    ],
    "clusterrolebindings": [
        {
            "metadata": {"name": "vault-server-binding"},
            "roleRef": {"kind": "ClusterRole", "name": "system:auth-delegator"},
            "subjects": [{"kind": "ServiceAccount", "name": "vault", "namespace": "vault"}],
        }
    ],
}
"""Vault's server in namespace vault, which may review tokens."""


def refused(error: str, mount: str = "auth/kubernetes", code: int = 403) -> str:
    """Returns what an agent logs of a login that Vault answers with an error."""
    return (
        "2026-11-24T18:29:59.000Z [ERROR] agent.auth.handler: error authenticating:\n  error=\n"
        f"  | URL: PUT {ADDRESS}/v1/{mount}/login\n  | Code: {code}. Errors:\n  | \n  | * {error}\n   backoff=1s"
    )


def unanswered(error: str) -> str:
    """Returns what an agent logs of a login that got no answer."""
    return f'2026-11-24T18:29:59.000Z [ERROR] agent.auth.handler: error authenticating: error="{error}" backoff=1s'


def failed_login(agent: str, *, status: int = 405, server: str = "", detail: str = "", **kinds: Any) -> Context:
    """Returns what a check sees of a ready pod and of one whose agent logs this.

    Arguments:
        status: of the HTTP answer at the login path; 405 says that it exists.
        server: Vault's own log, which may not be read where there is none.
        detail: why Vault did not answer its seal status.
    """
    lines = tuple(LogLine(line, NOW - timedelta(seconds=1)) for line in agent.split("\n"))
    answers: dict[type, Any] = {
        ReadLoginPath: LoginPathAnswer(status=status),
        QueryVault: VaultAnswer(AnswerState.NO, detail=detail),
    }
    if server:
        answers[ReadLog] = LogText((LogLine(server, NOW),))
    return context(
        _with_agent("worker-1", ready=True),
        _with_agent("worker-2", ready=False),
        annotations=NOTES,
        answers=answers,
        logs=[agent_log(*lines, pod="worker-2")],
        **{**OBJECTS, **kinds},
    )


def with_address(address: str) -> Json:
    """Returns an agent's container that logs in to Vault at this address."""
    config = {"auto_auth": {"method": {"mount_path": "auth/kubernetes"}}, "vault": {"address": address}}
    encoded = msgspec.to_builtins(msgspec.json.encode(config))
    return {"name": "vault-agent-init", "env": [{"name": "VAULT_CONFIG", "value": encoded}]}


def _with_agent(name: str, *, ready: bool) -> Json:
    return pod(name, ready=ready, initContainers=[with_address(ADDRESS)])
