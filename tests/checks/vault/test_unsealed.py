"""The seal of Vault."""

import pytest

from checks.vault.unsealed import UNSEALED
from diagnose.check.api import NotApplicableError
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import QueryVault, VaultAnswer
from tests.support.kit import codes, context, findings
from tests.support.objects import backends, pod
from tests.support.vault_login import NOTES, failed_login, refused


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (VaultAnswer(AnswerState.YES), []),
        (VaultAnswer(AnswerState.YES, sealed=True), ["vault.sealed"]),
        (VaultAnswer(AnswerState.YES, initialized=False), ["vault.uninitialized"]),
    ],
)
def test_vault_says_whether_it_is_sealed(answer: VaultAnswer, expected: list[str]) -> None:
    server = backends("vault", 8200, namespace="vault")
    ctx = context(pod(), annotations=NOTES, answers={QueryVault: answer}, **server)
    assert codes(UNSEALED, ctx) == expected


def test_where_vault_does_not_answer_the_agents_log_does() -> None:
    assert codes(UNSEALED, failed_login(refused("Vault is sealed", code=503))) == ["vault.sealed"]


def test_a_worker_without_an_agent_needs_no_vault() -> None:
    with pytest.raises(NotApplicableError):
        findings(UNSEALED, context(pod()))
