"""A login that Vault denies without a reason: what is asked then, and what is answered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks import signatures
from checks.vault.active_node import ACTIVE_NODE
from checks.vault.auth_enabled import AUTH_ENABLED
from checks.vault.protocol_agreed import PROTOCOL_AGREED
from checks.vault.tokens_reviewed import TOKENS_REVIEWED
from diagnose.check.api import Check, NotApplicableError
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Match, Writer, find
from diagnose.model.report import Confidence, Finding
from diagnose.queries.kubernetes import ListObjects, LogLine, LogText, ReadLog
from diagnose.queries.query import Answered, NoAnswerError
from diagnose.queries.vault import LoginPathAnswer, QueryVault, ReadLoginPath, VaultAnswer
from diagnose.resources import Pod
from diagnose.target.target import VaultFacts
from tests.support.kit import NOW, Lists, context

ADDRESS = "http://vault.vault.svc:8200"
DENIED = "permission denied"
REFUSED_POST = (
    r'login unauthorized: err="Post \"https://10.96.0.1:443/apis/authentication.k8s.io/v1/tokenreviews\": '
    r'‹masked› tcp 10.96.0.1:443: i/o timeout"'
)
LABELS = {"app": "vault"}
SERVER = {
    "metadata": {"name": "vault-0", "namespace": "vault", "labels": LABELS},
    "spec": {"serviceAccountName": "vault", "containers": [{"name": "vault"}]},
}
OBJECTS: dict[str, list[dict[str, Any]]] = {
    "services": [
        {
            "metadata": {"name": "vault", "namespace": "vault"},
            "spec": {"selector": LABELS, "ports": [{"name": "http", "port": 8200}]},
        }
    ],
    "endpointslices": [
        {
            "metadata": {"namespace": "vault", "labels": {"kubernetes.io/service-name": "vault"}},
            "endpoints": [{"addresses": ["10.1.0.7"], "targetRef": {"kind": "Pod", "name": "vault-0"}}],
            "ports": [{"name": "http", "port": 8200}],
        }
    ],
    "pods": [SERVER],
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


class RunData(Lists):
    """A cluster with one Vault, and the log of one agent."""

    def __init__(self, agent: str, *, status: int = 405, server: str = "", detail: str = "", **kinds: Any) -> None:
        super().__init__(**{**OBJECTS, **kinds})
        self.agent, self.status, self.server, self.detail = agent, status, server, detail

    def query(self, query: Any) -> Any:
        match query:
            case ListObjects():
                return super().query(query)
            case ReadLoginPath():
                return LoginPathAnswer(status=self.status)
            case ReadLog() if self.server:
                return LogText((LogLine(self.server, NOW),))
            case QueryVault():
                return VaultAnswer(Answered.NO, detail=self.detail)
            case _:
                raise NoAnswerError("pods/log is forbidden")

    def matches(self) -> tuple[Match, ...]:
        lines = tuple(LogLine(line, NOW - timedelta(seconds=1)) for line in self.agent.split("\n"))
        log = ContainerLog(
            pod="worker-2",
            container="vault-agent-init",
            writer=Writer.AGENT_INIT,
            run="current",
            ready=False,
            command=NONE,
            text=LogText(lines),
        )
        return find([log], signatures.load())


def login(error: str, mount: str = "auth/kubernetes", code: int = 403) -> str:
    return (
        "2026-11-24T18:29:59.000Z [ERROR] agent.auth.handler: error authenticating:\n  error=\n"
        f"  | URL: PUT {ADDRESS}/v1/{mount}/login\n  | Code: {code}. Errors:\n  | \n  | * {error}\n   backoff=1s"
    )


def request(error: str) -> str:
    return f'2026-11-24T18:29:59.000Z [ERROR] agent.auth.handler: error authenticating: error="{error}" backoff=1s'


def pod(name: str, mount: str, *, ready: bool) -> Pod:
    config = msgspec.json.encode({"auto_auth": {"method": {"mount_path": mount}}, "vault": {"address": ADDRESS}})
    agent = {"name": "vault-agent-init", "env": [{"name": "VAULT_CONFIG", "value": msgspec.to_builtins(config)}]}
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return msgspec.convert(
        {
            "metadata": {"name": name},
            "spec": {"initContainers": [agent], "containers": [{"name": "worker"}]},
            "status": {"conditions": [condition]},
        },
        Pod,
    )


def findings(check: Check, run_data: RunData) -> list[Finding]:
    vault = VaultFacts(inject="true", role="r", auth_path="auth/kubernetes", address=ADDRESS, files=(), sourced=())
    pods = (pod("worker-1", "auth/kubernetes", ready=True), pod("worker-2", "auth/kubernetes", ready=False))
    ctx = context(*pods)
    names = {"workload": "worker", "vault_address": ADDRESS}
    asked: Any = run_data
    return list(check.run(replace(ctx, target=replace(ctx.target, vault=vault), run_data=asked, names=names)))


@pytest.mark.parametrize("check", [AUTH_ENABLED, TOKENS_REVIEWED])
def test_nothing_is_asked_where_the_refusal_has_a_reason(check: Check) -> None:
    with pytest.raises(NotApplicableError):
        findings(check, RunData(login("namespace not authorized")))


def test_a_mount_that_is_not_there_is_named_with_the_one_that_works() -> None:
    (found,) = findings(AUTH_ENABLED, RunData(login(DENIED, mount="auth/k8s-prod"), status=403))
    assert found.code == "vault.auth-path-not-found"
    assert "auth/k8s-prod" in found.summary
    assert "the ready pods logged in at auth/kubernetes" in found.summary
    assert found.pods == ("worker-2",)
    assert '"vault.hashicorp.com/auth-path":"auth/kubernetes"' in found.remediation.steps[0].command


def test_a_mount_that_is_there_is_no_finding_and_one_unseen_is_no_pass() -> None:
    assert not findings(AUTH_ENABLED, RunData(login(DENIED)))
    with pytest.raises(NoAnswerError):
        findings(AUTH_ENABLED, RunData(login(DENIED), status=0))


def test_vaults_own_log_decides() -> None:
    (found,) = findings(TOKENS_REVIEWED, RunData(login(DENIED), server=REFUSED_POST))
    assert (found.code, found.confidence) == ("vault.kubernetes-unreachable", Confidence.CERTAIN)
    assert "https://10.96.0.1:443 (i/o timeout)" in found.summary


def test_without_vaults_log_the_clusters_roles_make_one_likely() -> None:
    (found,) = findings(TOKENS_REVIEWED, RunData(login(DENIED), clusterrolebindings=[]))
    assert (found.code, found.confidence) == ("vault.reviewer-not-allowed", Confidence.LIKELY)
    assert "system:serviceaccount:vault:vault" in found.summary


def test_what_nothing_decides_names_all_that_it_can_be() -> None:
    (found,) = findings(TOKENS_REVIEWED, RunData(login(DENIED)))
    assert (found.code, found.confidence) == ("vault.token-review-failed", Confidence.LIKELY)
    assert len(found.alternatives) == 3


def test_tokens_are_not_blamed_for_a_mount_that_is_not_there() -> None:
    with pytest.raises(NotApplicableError):
        findings(TOKENS_REVIEWED, RunData(login(DENIED), status=403))


def test_a_standby_that_sends_agents_to_a_dead_leader_has_no_active_node() -> None:
    dead = r"Put \"http://10.1.0.9:8200/v1/auth/kubernetes/login\": dial tcp 10.1.0.9:8200: i/o timeout"
    (found,) = findings(ACTIVE_NODE, RunData(request(dead)))
    assert found.code == "vault.no-active-node"
    assert "http://10.1.0.9:8200" in found.summary
    own = rf"Put \"{ADDRESS}/v1/auth/kubernetes/login\": dial tcp 10.96.32.168:8200: i/o timeout"
    assert not findings(ACTIVE_NODE, RunData(request(own)))


@pytest.mark.parametrize(
    ("detail", "speaks"),
    [
        ("Client sent an HTTP request to an HTTPS server.\n, on get http://127.0.0.1:1/v1/sys/seal-status", "TLS"),
        ("SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)')", "plain HTTP"),
    ],
)
def test_an_answer_in_another_protocol_names_the_one_that_vault_speaks(detail: str, speaks: str) -> None:
    (found,) = findings(PROTOCOL_AGREED, RunData(request("read: connection reset by peer"), detail=detail))
    assert found.code == "vault.tls-not-spoken"
    assert found.summary.startswith(f"Vault speaks {speaks}, but its address {ADDRESS}")
