"""The service account token in the worker's pods."""

from checks.policy.token_needed import TOKEN_NEEDED
from tests.support.kit import codes
from tests.support.objects import pod
from tests.support.rbac import ACCOUNT, bound, granted, rule


def test_a_token_is_needed_by_whoever_has_rights() -> None:
    mount = {"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    carrying = pod("worker-1", {"name": "worker", "volumeMounts": [mount]})
    assert codes(TOKEN_NEEDED, granted(carrying)) == ["policy.token-unneeded"]
    useful = granted(carrying, role=rule("certificates", "create", "cert-manager.io"), binding=bound("r", ACCOUNT))
    assert codes(TOKEN_NEEDED, useful) == []
