"""The rights of the worker's service account."""

import pytest

from checks.policy.rights_minimal import RIGHTS_MINIMAL
from diagnose.check.api import Context
from diagnose.queries.query import NoAnswerError
from tests.support.kit import Json, codes
from tests.support.rbac import ACCOUNT, bound, granted, rule


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (ACCOUNT, ["policy.rights-excessive"]),
        ({"kind": "ServiceAccount", "name": "own"}, ["policy.rights-excessive"]),
        ({"kind": "Group", "name": "system:serviceaccounts:msp"}, ["policy.rights-excessive"]),
        ({"kind": "ServiceAccount", "name": "other", "namespace": "msp"}, []),
        ({"kind": "ServiceAccount", "name": "own", "namespace": "elsewhere"}, []),
    ],
)
def test_a_binding_concerns_the_account_and_its_groups(subject: Json, expected: list[str]) -> None:
    assert codes(RIGHTS_MINIMAL, granted(role=rule("secrets", "list"), binding=bound("r", subject))) == expected


@pytest.mark.parametrize(
    ("binding", "expected", "remark"),
    [
        (bound("r", ACCOUNT, kind="ClusterRole"), ["policy.rights-cluster-wide"], ""),
        (bound("system:auth-delegator", ACCOUNT, kind="ClusterRole"), [], "review tokens"),
        ({**bound("absent", ACCOUNT, kind="ClusterRole")}, [], ""),
        (
            bound(
                "system:discovery",
                {"kind": "Group", "name": "system:authenticated"},
                kind="ClusterRole",
                **{"kubernetes.io/bootstrapping": "rbac-defaults"},
            ),
            [],
            "",
        ),
    ],
)
def test_what_holds_in_the_whole_cluster_is_too_much_but_for_the_review_of_tokens(
    binding: Json, expected: list[str], remark: str
) -> None:
    ctx = granted(cluster=binding)
    assert codes(RIGHTS_MINIMAL, ctx) == expected
    assert remark in ctx.remark


def test_the_charts_own_role_is_remarked_as_long_as_it_is_limited_to_its_purpose() -> None:
    def with_rules(*rules: Json) -> Context:
        role = {"metadata": {"name": "worker-secret-sync"}, "rules": list(rules)}
        return granted(binding=bound("worker-secret-sync", ACCOUNT), roles=[role])

    purpose = rule("secrets", "get list create")
    ctx = with_rules(purpose)
    assert codes(RIGHTS_MINIMAL, ctx) == []
    assert "portal domains" in ctx.remark
    assert codes(RIGHTS_MINIMAL, with_rules(purpose, rule("pods/exec", "create"))) == ["policy.rights-excessive"]


def test_what_may_not_be_listed_is_not_passed() -> None:
    error = NoAnswerError("list clusterrolebindings is forbidden for joe")
    refused = {"clusterrolebindings": error}
    ctx = granted(role=rule("secrets", "list"), binding=bound("r", ACCOUNT), refused=refused)
    assert codes(RIGHTS_MINIMAL, ctx) == ["policy.rights-excessive"]
    assert ctx.problems == [str(error)]
