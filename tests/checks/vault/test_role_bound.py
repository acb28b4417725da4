"""The role in Vault and its bound service accounts."""

from typing import Any

import pytest

from checks.vault.role_bound import ROLE_BOUND, allows
from diagnose.model.report import Confidence
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import QueryVault, VaultAnswer
from diagnose.target.target import VAULT
from tests.support.kit import Json, agent_log, codes, data_of, findings
from tests.support.predeploy import NOTES, POD, TOKEN, before_deploy
from tests.support.vault import webhook
from tests.support.vault_login import DENIED, refused


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


@pytest.mark.parametrize(
    ("networks", "denied", "expected"),
    [
        (("10.244.0.0/16",), True, ["vault.address-not-bound"]),
        (("10.244.0.0/16", "10.91.2.0/24"), True, []),
        (("10.91.2.7",), True, []),
        (("no network",), True, []),
        (("10.244.0.0/16",), False, []),
        ((), True, []),
    ],
    ids=["another network", "own network", "own address", "malformed", "no denial", "any address"],
)
def test_a_role_that_admits_no_address_of_the_pods_is_likely_why_their_logins_are_denied(
    networks: tuple[str, ...], denied: bool, expected: list[str]
) -> None:
    role = {"bound_service_account_names": ("*",), "bound_service_account_namespaces": ("*",)}
    answer = VaultAnswer(AnswerState.YES, role_state="exists", role={**role, "token_bound_cidrs": networks})
    own = {**POD, "status": {**POD["status"], "podIP": "10.91.2.7"}}
    logs = [agent_log(refused(DENIED), pod="p")] if denied else []
    found = findings(ROLE_BOUND, before_deploy(pods=(own,), allowed=TOKEN, answers={QueryVault: answer}, logs=logs))
    assert [each.code for each in found] == expected
    assert all(each.confidence is Confidence.LIKELY for each in found)
