"""The role in Vault and its bound service accounts."""

from typing import Any

import pytest

from checks.vault.role_bound import ROLE_BOUND, allows
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import QueryVault, VaultAnswer
from diagnose.target.target import VAULT
from tests.support.kit import Json, codes, data_of, findings
from tests.support.predeploy import NOTES, POD, TOKEN, before_deploy
from tests.support.vault import webhook


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


AGENT = {"name": "vault-agent", "env": [{"name": "VAULT_NAMESPACE", "value": "team/a"}]}
INJECTOR: Json = {
    "metadata": {"name": "injector", "namespace": "vault"},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": "agent-inject", "env": [{"name": "AGENT_INJECT_VAULT_NAMESPACE", "value": "team/a"}]}
                ]
            }
        }
    },
}


@pytest.mark.parametrize(
    ("annotations", "pods", "kinds"),
    [
        ({f"{VAULT}namespace": "team/a"}, (), {}),
        ({}, ({**POD, "spec": {"containers": [{"name": "worker"}, AGENT]}},), {}),
        ({}, (), {"deployments": [INJECTOR], "mutatingwebhookconfigurations": [webhook()]}),
    ],
    ids=["annotation", "agent", "injector"],
)
def test_role_and_fix_are_those_of_the_namespace_of_vault(
    annotations: dict[str, str], pods: tuple[Json, ...], kinds: dict[str, Any]
) -> None:
    template = {"metadata": {"annotations": {**NOTES, **annotations}}, "spec": {"containers": [{"name": "worker"}]}}
    answers = {QueryVault: VaultAnswer(AnswerState.YES, role_state="missing")}
    ctx = before_deploy(template, pods=pods, allowed=TOKEN, answers=answers, **kinds)
    (finding,) = findings(ROLE_BOUND, ctx)
    assert [each.namespace for each in data_of(ctx).queries if isinstance(each, QueryVault)] == ["team/a"]
    assert all(step.command.startswith("VAULT_NAMESPACE=team/a vault ") for step in finding.remediation.steps)
