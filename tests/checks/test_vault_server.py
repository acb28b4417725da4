"""What agents' logs say of a Vault that is there but refuses, and what its own log says; texts of OpenBao 2.7."""

import base64
import json

import pytest

from checks import signatures
from checks.vault.tokens_reviewed import Failure, Review, duration, may_review, read_failure
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Match, Writer, find
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.resources import (
    ClusterRole,
    ClusterRoleBinding,
    Container,
    EnvVar,
    Meta,
    Pod,
    PodSpec,
    Reference,
    RoleReference,
    RoleRule,
)
from diagnose.sources.kubernetes.logs import read_log
from diagnose.target import pod_template

AT = "2026-11-24T18:18:15.545Z"
REVIEW = f"{AT} [DEBUG] auth.kubernetes.auth_kubernetes_aa7e1160: login unauthorized: err="
ASKED = r"Post \"https://10.90.0.1:6443/apis/authentication.k8s.io/v1/tokenreviews\": ‹masked› "
FORBIDDEN = (
    r'"{\"kind\":\"Status\",\"message\":\"tokenreviews.authentication.k8s.io is forbidden: User '
    r"\\\"system:serviceaccount:vault:vault\\\" cannot create resource \\\"tokenreviews\\\" in API group "
    r'\\\"authentication.k8s.io\\\" at the cluster scope\",\"reason\":\"Forbidden\",\"code\":403}"'
)


def agent_log(text: str) -> ContainerLog:
    lines = tuple(LogLine(line) for line in text.split("\n"))
    return ContainerLog(
        pod="p", container="c", writer=Writer.AGENT_INIT, run="current", ready=False, command=NONE, text=LogText(lines)
    )


def only(error: str) -> Match:
    line = f'{AT} [ERROR] agent.auth.handler: error authenticating: error="{error}" backoff=1s'
    (match,) = find([agent_log(line)], signatures.load())
    return match


@pytest.mark.parametrize(
    ("error", "code", "groups"),
    [
        (
            "certificate has expired or is not yet valid: current time 2026-11-24T18:18:15Z is after "
            "2026-11-23T18:11:53Z",
            "vault.certificate-expired",
            {"end": "2026-11-23T18:11:53Z"},
        ),
        (
            "certificate has expired or is not yet valid: current time 2026-11-24T18:18:15Z is before "
            "2026-11-25T18:11:53Z",
            "vault.certificate-not-yet-valid",
            {"begin": "2026-11-25T18:11:53Z"},
        ),
        (
            "certificate is valid for vault.example.org, not lab-vault-tls.vault.svc",
            "vault.certificate-not-trusted",
            {"reason": "certificate is valid for vault.example.org, not lab-vault-tls.vault.svc"},
        ),
    ],
)
def test_a_certificate_is_not_trusted_or_out_of_its_time(error: str, code: str, groups: dict[str, str]) -> None:
    put = r"Put \"https://v.vault.svc:8200/v1/auth/kubernetes/login\": tls: failed to verify certificate: x509: "
    match = only(f"{put}{error}")
    assert (match.signature.code, match.groups) == (code, groups)


def test_plain_http_to_tls_is_a_connection_that_is_cut() -> None:
    match = only("read tcp 127.0.0.1:58448->127.0.0.1:18200: read: connection reset by peer")
    assert match.signature.code == "vault.connection-reset"


def test_a_ca_file_that_is_not_there_is_named() -> None:
    text = (
        "Error fetching client: failed to setup TLS config: Error loading CA File: open /vault/tls/ca.crt: no such "
        "file or directory"
    )
    (match,) = find([agent_log(text)], signatures.load())
    assert (match.signature.code, match.groups) == ("vault.ca-file-missing", {"file": "/vault/tls/ca.crt"})


def test_an_unknown_error_is_told_in_its_own_words() -> None:
    text = (
        f"{AT} [ERROR] agent.auth.handler: error authenticating:\n  error=\n  | Error making API request.\n  | \n"
        "  | URL: PUT http://v:8200/v1/auth/kubernetes/login\n  | Code: 500. Errors:\n  | \n"
        "  | * 1 error occurred:\n  | \t* internal error\n   backoff=1s"
    )
    (match,) = find([agent_log(text)], signatures.load())
    assert match.signature.code == "vault.login-failed"
    assert match.groups == {"mount": "auth/kubernetes", "status": "500", "error": "internal error"}
    match = only(r"Put \"http://v:8200/v1/auth/kubernetes/login\": proxyconnect tcp: no way")
    assert (match.signature.code, match.groups) == ("vault.request-failed", {"error": "proxyconnect tcp: no way"})


def test_an_unknown_error_of_a_read_names_its_path() -> None:
    text = (
        f"{AT} [WARN]  agent: (view) vault.read(secret/data/a/b): Error making API request.\n\n"
        "URL: GET http://vault.vault.svc:8200/v1/secret/data/a/b\nCode: 500. Errors:\n\n* 1 error occurred:\n"
        '\t* internal error\n\n (retry attempt 1 after "250ms")'
    )
    (match,) = find([agent_log(text)], signatures.load())
    assert match.signature.code == "vault.read-failed"
    assert match.groups == {"path": "secret/data/a/b", "status": "500", "error": "internal error"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("dial tcp 10.91.2.9:8200: connect: connection refused", "vault.refused"),
        ("dial tcp 10.91.2.9:8200: connect: no route to host", "vault.unreachable"),
        ("dial tcp 10.91.2.9:8200: i/o timeout", "vault.timed-out"),
        ("context deadline exceeded", "vault.timed-out"),
        ("dial tcp: lookup vault-0.vault-internal on 10.96.0.10:53: no such host", "vault.host-not-found"),
    ],
)
def test_where_an_agent_was_led_is_kept(error: str, code: str) -> None:
    match = only(rf"Put \"http://10.91.2.9:8200/v1/auth/kubernetes/login\": {error}")
    assert (match.signature.code, match.groups["url"]) == (code, "http://10.91.2.9:8200")


def test_a_refused_rate_names_the_path() -> None:
    text = (
        f"{AT} [ERROR] agent.auth.handler: error authenticating:\n  error=\n  | Error making API request.\n  | \n"
        "  | URL: PUT http://127.0.0.1:18300/v1/auth/kubernetes/login\n  | Code: 429. Errors:\n  | \n"
        '  | * request path "auth/kubernetes/login": rate limit quota exceeded\n   backoff=1s'
    )
    (match,) = find([agent_log(text)], signatures.load())
    assert (match.signature.code, match.groups) == ("vault.rate-limited", {"path": "auth/kubernetes/login"})


@pytest.mark.parametrize(
    ("why", "found"),
    [
        (
            '"lookup failed: service account unauthorized; this could mean it has been deleted or recreated with a new '
            'token"',
            (Review.REVIEWER_UNKNOWN, "", ""),
        ),
        (FORBIDDEN, (Review.FORBIDDEN, "", "system:serviceaccount:vault:vault")),
        (
            f'"{ASKED}failed to verify certificate: x509: certificate signed by unknown authority"',
            (Review.NOT_TRUSTED, "https://10.90.0.1:6443", ""),
        ),
        (
            f'"{ASKED}tcp 10.90.0.1:6443: connect: connection refused"',
            (Review.UNREACHABLE, "https://10.90.0.1:6443", ""),
        ),
        ('"lookup failed: [invalid bearer token, Token has been invalidated]"', (Review.REFUSED, "", "")),
    ],
)
def test_vaults_log_says_why_no_token_was_reviewed(why: str, found: tuple[Review, str, str]) -> None:
    failure = read_failure(f"{REVIEW}{why}")
    assert failure is not None
    assert (failure.kind, failure.url, failure.user) == found


def test_a_reason_is_short() -> None:
    failure = read_failure(f'{REVIEW}"{ASKED}tcp: lookup kubernetes.x.svc on 10.96.0.10:53: no such host"')
    assert failure == Failure(kind=Review.UNREACHABLE, reason="no such host", url="https://10.90.0.1:6443")
    assert read_failure(f"{AT} [INFO]  core: enabled credential backend: path=kubernetes/ type=kubernetes") is None


def test_a_denial_that_takes_long_is_measured() -> None:
    text = (
        "2026-11-24T18:00:00.0Z 2026-11-24T18:00:00.000Z [INFO]  agent.auth.handler: authenticating\n"
        "2026-11-24T18:00:30.0Z 2026-11-24T18:00:30.000Z [ERROR] agent.auth.handler: error authenticating:\n"
        "2026-11-24T18:00:30.0Z   | Code: 403. Errors:\n"
        "2026-11-24T18:00:31.0Z 2026-11-24T18:00:31.000Z [INFO]  agent.auth.handler: authenticating\n"
    )
    lines = read_log([text.encode()], 1)
    log = ContainerLog(
        pod="p", container="c", writer=Writer.AGENT_INIT, run="current", ready=False, command=NONE, text=lines
    )
    assert duration(log).total_seconds() == 30


def test_who_may_review_is_told_by_roles_and_their_bindings() -> None:
    rule = RoleRule(api_groups=("authentication.k8s.io",), resources=("tokenreviews",), verbs=("create",))
    roles = (
        ClusterRole(metadata=Meta(name="system:auth-delegator"), rules=(rule,)),
        ClusterRole(metadata=Meta(name="cluster-admin"), rules=(RoleRule(("*",), ("*",), ("*",)),)),
        ClusterRole(metadata=Meta(name="view"), rules=None),
    )

    def bound(role: str, *subjects: Reference) -> ClusterRoleBinding:
        return ClusterRoleBinding(role_ref=RoleReference(kind="ClusterRole", name=role), subjects=subjects)

    own = Reference(kind="ServiceAccount", name="vault", namespace="vault")
    everybody = Reference(kind="Group", name="system:serviceaccounts")
    assert may_review("vault", "vault", [bound("system:auth-delegator", own)], roles)
    assert may_review("vault", "vault", [bound("cluster-admin", everybody)], roles)
    assert not may_review("vault", "vault", [bound("view", own)], roles)
    assert not may_review("other", "vault", [bound("system:auth-delegator", own)], roles)
    assert not may_review("vault", "vault", [ClusterRoleBinding(subjects=None)], roles)


def test_where_agents_log_in_is_in_the_injectors_configuration() -> None:
    config = {"auto_auth": {"method": {"mount_path": "auth/k8s"}}, "vault": {"address": "http://v:8200"}}
    encoded = base64.b64encode(json.dumps(config).encode()).decode()
    agent = Container(name="vault-agent-init", env=(EnvVar(name="VAULT_CONFIG", value=encoded),))
    pod = Pod(metadata=Meta(name="p"), spec=PodSpec(init_containers=(agent,)))
    assert (pod_template.agent_mount([pod]), pod_template.agent_address([pod])) == ("auth/k8s", "http://v:8200")
    assert pod_template.agent_mount([Pod(spec=PodSpec(containers=(Container(name="vault-agent"),)))]) == ""
