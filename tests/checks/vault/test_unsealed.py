"""The seal of Vault."""

import pytest

from checks.vault.unsealed import UNSEALED
from diagnose.check.api import NotApplicableError
from diagnose.queries.exec_survey.survey import Fetched
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import QueryVault, VaultAnswer
from tests.support.kit import codes, context, findings, survey
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


@pytest.mark.parametrize("body", ["{}", "null", "[]", "<html>login</html>", '{"sealed": "no"}', '{"sealed": false}'])
def test_an_answer_to_a_pod_that_is_not_vaults_is_no_seal_status(body: str) -> None:
    surveys = [survey(pod(), fetched=(Fetched(url="http://vault:8200/v1/sys/seal-status", status=200, body=body),))]
    server = backends("vault", 8200, namespace="vault")
    answers = {QueryVault: VaultAnswer(AnswerState.YES, sealed=True)}
    ctx = context(pod(), annotations=NOTES, answers=answers, surveys=surveys, **server)
    assert codes(UNSEALED, ctx) == ["vault.sealed"]
