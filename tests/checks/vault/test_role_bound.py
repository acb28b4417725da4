"""The role in Vault and its bound service accounts."""

import pytest

from checks.vault.role_bound import ROLE_BOUND, allows
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import QueryVault, VaultAnswer
from tests.support.kit import codes
from tests.support.predeploy import TOKEN, before_deploy


def test_a_role_may_allow_by_pattern() -> None:
    assert allows(("other", "temporal-*"), "temporal-worker")
    assert allows(("*",), "anything")
    assert not allows(("temporal",), "temporal-worker")


@pytest.mark.parametrize(
    ("state", "account", "expected"),
    [
        ("exists", "default", []),
        ("exists", "other", ["vault.service-account-not-bound"]),
        ("missing", "", ["vault.role-not-found"]),
    ],
)
def test_with_a_token_the_role_is_read(state: str, account: str, expected: list[str]) -> None:
    role: dict[str, tuple[str, ...]] = {
        "bound_service_account_names": (account,),
        "bound_service_account_namespaces": ("msp",),
    }
    answer = VaultAnswer(AnswerState.YES, role_state=state, role=role)
    assert codes(ROLE_BOUND, before_deploy(allowed=TOKEN, answers={QueryVault: answer})) == expected
