"""Whether Vault can have tokens reviewed by the cluster's API server."""

import pytest

from checks.vault.auth_enabled import AUTH_ENABLED
from checks.vault.tokens_reviewed import TOKENS_REVIEWED, Failure, Review, duration, may_review, read_failure
from diagnose.check.api import Check, NotApplicableError
from diagnose.model.report import Confidence
from diagnose.resources import (
    ClusterRole,
    ClusterRoleBinding,
    Meta,
    Reference,
    RoleRule,
)
from diagnose.sources.kubernetes.logs import retained
from tests.support.kit import agent_log, findings
from tests.support.vault_login import DENIED, failed_login, refused

AT = "2026-11-24T18:18:15.545Z"
REVIEW = f"{AT} [DEBUG] auth.kubernetes.auth_kubernetes_aa7e1160: login unauthorized: err="
ASKED = r"Post \"https://10.90.0.1:6443/apis/authentication.k8s.io/v1/tokenreviews\": ‹masked› "
FORBIDDEN = (
    r'"{\"kind\":\"Status\",\"message\":\"tokenreviews.authentication.k8s.io is forbidden: User '
    r"\\\"system:serviceaccount:vault:vault\\\" cannot create resource \\\"tokenreviews\\\" in API group "
    r'\\\"authentication.k8s.io\\\" at the cluster scope\",\"reason\":\"Forbidden\",\"code\":403}"'
)


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
    assert duration(agent_log(*retained(text.encode().split(b"\n")).lines)).total_seconds() == 30


def test_who_may_review_is_decided_by_roles_and_their_bindings() -> None:
    rule = RoleRule(api_groups=("authentication.k8s.io",), resources=("tokenreviews",), verbs=("create",))
    roles = (
        ClusterRole(metadata=Meta(name="system:auth-delegator"), rules=(rule,)),
        ClusterRole(metadata=Meta(name="cluster-admin"), rules=(RoleRule(("*",), ("*",), ("*",)),)),
        ClusterRole(metadata=Meta(name="view"), rules=None),
    )

    def bound(role: str, *subjects: Reference) -> ClusterRoleBinding:
        return ClusterRoleBinding(role_ref=Reference(kind="ClusterRole", name=role), subjects=subjects)

    own = Reference(kind="ServiceAccount", name="vault", namespace="vault")
    everybody = Reference(kind="Group", name="system:serviceaccounts")
    assert may_review("vault", "vault", [bound("system:auth-delegator", own)], roles)
    assert may_review("vault", "vault", [bound("cluster-admin", everybody)], roles)
    assert not may_review("vault", "vault", [bound("view", own)], roles)
    assert not may_review("other", "vault", [bound("system:auth-delegator", own)], roles)
    assert not may_review("vault", "vault", [ClusterRoleBinding(subjects=None)], roles)


REFUSED_POST = (
    r'login unauthorized: err="Post \"https://10.96.0.1:443/apis/authentication.k8s.io/v1/tokenreviews\": '
    r'‹masked› tcp 10.96.0.1:443: i/o timeout"'
)


@pytest.mark.parametrize("check", [AUTH_ENABLED, TOKENS_REVIEWED])
def test_nothing_is_queried_where_the_refusal_has_a_reason(check: Check) -> None:
    with pytest.raises(NotApplicableError):
        findings(check, failed_login(refused("namespace not authorized")))


def test_vaults_own_log_decides() -> None:
    (found,) = findings(TOKENS_REVIEWED, failed_login(refused(DENIED), server=REFUSED_POST))
    assert (found.code, found.confidence) == ("vault.kubernetes-unreachable", Confidence.CERTAIN)
    assert "https://10.96.0.1:443 (i/o timeout)" in found.summary


def test_without_vaults_log_the_clusters_roles_make_one_likely() -> None:
    (found,) = findings(TOKENS_REVIEWED, failed_login(refused(DENIED), clusterrolebindings=[]))
    assert (found.code, found.confidence) == ("vault.reviewer-not-allowed", Confidence.LIKELY)
    assert "system:serviceaccount:vault:vault" in found.summary


def test_what_nothing_decides_names_all_that_it_can_be() -> None:
    (found,) = findings(TOKENS_REVIEWED, failed_login(refused(DENIED)))
    assert (found.code, found.confidence) == ("vault.token-review-failed", Confidence.LIKELY)
    assert len(found.alternatives) == 4
    assert any("token_bound_cidrs" in each for each in found.alternatives)


def test_a_missing_auth_mount_is_no_fault_of_tokens() -> None:
    with pytest.raises(NotApplicableError):
        findings(TOKENS_REVIEWED, failed_login(refused(DENIED), status=403))
