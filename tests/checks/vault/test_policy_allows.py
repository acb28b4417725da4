"""The policies of the worker's role in Vault."""

from typing import Any

import pytest

from checks.vault.policy_allows import POLICY_ALLOWS
from diagnose.model.report import Confidence, Status
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import QueryVault, VaultAnswer
from diagnose.queries.vault_policies import rules_of
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultPolicy, VaultSecretsAnswer
from tests.support.kit import agent_log, outcome
from tests.support.predeploy import PATH, TOKEN, before_deploy


def policy(text: str, *, name: str = "p", state: str = "exists") -> dict[type, Any]:
    rules = rules_of(text) if state == "exists" else ()
    return {
        QueryVault: VaultAnswer(AnswerState.YES, role_state="exists", role={"token_policies": (name,)}),
        ListVaultSecrets: VaultSecretsAnswer(policies=(VaultPolicy(name=name, state=state, rules=rules),)),
    }


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        (policy(f'path "{PATH}" {{ capabilities = ["read"] }}'), Status.PASS),
        (policy("", name="root"), Status.PASS),
        (policy('path "secret/app/x" { capabilities = ["read"] }'), Status.FAIL),
        (policy("", state="missing"), Status.FAIL),
        (policy("", state="may not read"), Status.UNKNOWN),
        (policy('path "secret/data/{{identity.entity.name}}" { capabilities = ["read"] }'), Status.UNKNOWN),
    ],
)
def test_policies_are_judged_by_their_rules(answers: dict[type, Any], status: Status) -> None:
    assert outcome(POLICY_ALLOWS, before_deploy(allowed=TOKEN, answers=answers)).status is status


REFUSED = """[WARN]  agent: (view) vault.read(secret/data/a): Error making API request.

URL: GET http://vault:8200/v1/secret/data/a
Code: 403. Errors:

* permission denied"""


def test_a_role_that_limits_the_uses_of_its_tokens_explains_what_its_agents_are_refused() -> None:
    role: dict[str, tuple[str, ...]] = {"token_policies": ("root",), "token_num_uses": ("1",)}
    answers = {QueryVault: VaultAnswer(AnswerState.YES, role_state="exists", role=role)}
    ctx = before_deploy(allowed=TOKEN, answers=answers, logs=[agent_log(*REFUSED.splitlines())])
    (finding,) = outcome(POLICY_ALLOWS, ctx).findings
    assert (finding.code, finding.confidence) == ("vault.token-uses-exhausted", Confidence.CERTAIN)
    assert "token_num_uses=0" in str(finding.remediation.steps[0].command)
