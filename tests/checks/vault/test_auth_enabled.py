"""The auth method at the path of the agent's login."""

import pytest

from checks.vault.auth_enabled import AUTH_ENABLED
from diagnose.queries.query import NoAnswerError
from tests.support.kit import findings
from tests.support.vault_login import DENIED, failed_login, refused


def test_a_mount_that_is_not_there_is_named_with_the_one_that_works() -> None:
    (found,) = findings(AUTH_ENABLED, failed_login(refused(DENIED, mount="auth/k8s-prod"), status=403))
    assert found.code == "vault.auth-path-not-found"
    assert "auth/k8s-prod" in found.summary
    assert "the ready pods logged in at auth/kubernetes" in found.summary
    assert found.pods == ("worker-2",)
    assert '"vault.hashicorp.com/auth-path":"auth/kubernetes"' in found.remediation.steps[0].command


def test_a_mount_that_is_there_is_no_finding_and_one_unseen_is_no_pass() -> None:
    assert not findings(AUTH_ENABLED, failed_login(refused(DENIED)))
    with pytest.raises(NoAnswerError):
        findings(AUTH_ENABLED, failed_login(refused(DENIED), status=0))
