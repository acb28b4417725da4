"""What rules of roles allow."""

import msgspec
import pytest

from diagnose.domain.kubernetes.rbac import harmful_permissions
from diagnose.resources import RoleRule
from tests.support.kit import Json
from tests.support.rbac import rule


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (rule("*", "*", "*"), ("do everything",)),
        (rule("secrets", "get list"), ("read every Secret",)),
        (rule("secrets", "*"), ("read every Secret", "change Secrets")),
        (rule("secrets", "get", resourceNames=["own"]), ()),
        (rule("pods/exec", "create"), ("run commands in pods",)),
        (rule("pods/log", "get"), ()),
        (rule("pods configmaps", "get list watch"), ()),
        (rule("deployments", "patch", "apps", resourceNames=["own"]), ()),
        (rule("jobs", "create", "batch"), ("start pods, which may use any account and Secret of the namespace",)),
        (rule("roles", "bind escalate", "rbac.authorization.k8s.io"), ("escalate roles", "bind roles")),
        (rule("serviceaccounts/token", "create"), ("make tokens of service accounts",)),
        (rule("users groups", "impersonate"), ("impersonate users, groups",)),
        # Of portal domains.
        (rule("certificates", "get list create delete", "cert-manager.io"), ()),
        (rule("gateways virtualservices", "*", "networking.istio.io"), ()),
    ],
)
def test_rules_are_named_by_what_they_allow(given: Json, text: tuple[str, ...]) -> None:
    assert harmful_permissions((msgspec.convert(given, RoleRule),)) == text
