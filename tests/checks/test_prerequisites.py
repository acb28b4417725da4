"""What the gate before a deploy says, above all where nobody can tell: never a pass."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.secrets.references_exist import REFERENCES_EXIST
from checks.vault.policy_allows import POLICY_ALLOWS
from checks.vault.role_bound import ROLE_BOUND
from checks.vault.secrets_exist import SECRETS_EXIST
from checks.vault.secrets_fresh import SECRETS_FRESH
from checks.workload.account_exists import ACCOUNT_EXISTS
from checks.workload.image_exists import IMAGE_EXISTS
from checks.workload.nodes_suit import NODES_SUIT
from checks.workload.pull_secrets_exist import PULL_SECRETS_EXIST
from checks.workload.quota_suffices import QUOTA_SUFFICES
from diagnose.check.api import Check, Context
from diagnose.domain.vault.templates import required_secrets
from diagnose.engine.runner import run_check
from diagnose.model.report import Outcome, Status
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.manifest import Holder, Manifest
from diagnose.queries.query import Answered
from diagnose.queries.registry import Held, QueryRegistry, RegistryAnswer
from diagnose.queries.vault import QueryVault, VaultAnswer
from diagnose.queries.vault_policies import rules_of
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultPolicy, VaultSecret, VaultSecretsAnswer
from diagnose.resources import Pod, PodTemplate
from diagnose.target.pod_template import vault
from diagnose.target.request import Allowance, Occasion
from diagnose.target.target import VAULT
from tests.support.kit import NOW, Json, Lists, context

PATH = "secret/data/app/x"
NOTES = {
    f"{VAULT}agent-inject": "true",
    f"{VAULT}role": "r",
    f"{VAULT}service": "http://vault.test:8200",
    f"{VAULT}agent-inject-secret-a": PATH,
    f"{VAULT}agent-inject-template-a": f'{{{{ with secret "{PATH}" }}}}export A="{{{{ .Data.data.k }}}}"{{{{ end }}}}',
}
IMAGE = "r.test/worker:1"
POD = {
    "metadata": {"name": "p", "annotations": NOTES, "creationTimestamp": "2026-11-24T16:00:00Z"},
    "spec": {
        "containers": [
            {
                "name": "worker",
                "image": IMAGE,
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            },
            {"name": "vault-agent"},
        ],
        "imagePullSecrets": [{"name": "login"}],
    },
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}


class RunData(Lists):
    """Lists, and the answers of others by the type of the question."""

    def __init__(self, answers: dict[type, Any], **kinds: list[Json]) -> None:
        super().__init__(**kinds)
        self.answers = answers

    def query(self, query: Any) -> Any:
        if type(query) in self.answers:
            return self.answers[type(query)]
        if isinstance(query, ListObjects) and query.fields:
            kept = [each for each in self.kinds.get(query.plural, []) if f"type={each['type']}" == query.fields]
            return Lists(**{query.plural: kept}).query(query)
        return super().query(query)


def outcome(
    check: Check,
    *,
    template: Json = POD,
    pods: tuple[Json, ...] = (),
    allowed: tuple[Allowance, ...] = (),
    answers: dict[type, Any] | None = None,
    manifest: Manifest | None = None,
    **kinds: list[Json],
) -> Outcome:
    return run_check(check, seen(template, pods, allowed, answers or {}, manifest, **kinds))


def seen(
    template: Json,
    pods: tuple[Json, ...] = (),
    allowed: tuple[Allowance, ...] = (),
    answers: dict[type, Any] | None = None,
    manifest: Manifest | None = None,
    **kinds: list[Json],
) -> Context:
    found = context(*(msgspec.convert(each, Pod) for each in pods))
    wanted = msgspec.convert(template, PodTemplate)
    target = replace(
        found.target,
        template=wanted,
        container=wanted.spec.containers[0],
        vault=vault(wanted, wanted.spec.containers[0], found.target.pods),
        request=replace(found.target.request, allowed=frozenset(allowed), occasion=Occasion.BEFORE_DEPLOY),
        manifest=manifest,
    )
    run_data: Any = RunData(answers or {}, **kinds)
    return replace(found, target=target, run_data=run_data, names={"service_account": "default", "workload": "worker"})


def secret(**changes: Any) -> dict[type, Any]:
    told = VaultSecret(path=PATH, state="exists", keys=("k",), version=1, created_at=NOW - timedelta(days=1))
    return {ListVaultSecrets: VaultSecretsAnswer(secrets=(msgspec.structs.replace(told, **changes),))}


TOKEN = (Allowance.VAULT_TOKEN,)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.PASS),
        ({"state": "missing"}, Status.FAIL),
        ({"state": "deleted"}, Status.FAIL),
        ({"keys": ("other",)}, Status.FAIL),
        ({"keys": None, "keys_untold": "denied"}, Status.UNKNOWN),
        ({"state": "the operator's VAULT_TOKEN may not read it"}, Status.UNKNOWN),
    ],
)
def test_vaults_secrets_are_judged_by_what_the_token_may_see(changes: dict[str, Any], status: Status) -> None:
    assert outcome(SECRETS_EXIST, allowed=TOKEN, answers=secret(**changes)).status is status


@pytest.mark.parametrize("check", [SECRETS_EXIST, POLICY_ALLOWS, ROLE_BOUND])
def test_without_a_token_ready_pods_bear_witness_and_nobody_is_unknown(check: Check) -> None:
    assert outcome(check).status is Status.UNKNOWN
    told = outcome(check, pods=(POD,))
    assert told.status is Status.PASS
    assert "2 h ago" in told.reason or "150 min ago" in told.reason
    other = {**POD, "metadata": {**POD["metadata"], "annotations": {**NOTES, f"{VAULT}role": "q"}}}  # type: ignore[dict-item]
    assert outcome(check, pods=(other,)).status is Status.UNKNOWN


def test_a_key_that_a_template_asks_about_first_may_be_missing() -> None:
    asked = '{{ if .Data.data.k }}export A="{{ .Data.data.k }}"{{ end }}'
    text = f'{{{{ with secret "{PATH}" }}}}{asked}{{{{ end }}}}'
    notes = {**NOTES, f"{VAULT}agent-inject-template-a": text}
    (required,) = required_secrets(seen({**POD, "metadata": {"annotations": notes}}))
    assert required.keys == ()


def policy(text: str, *, name: str = "p", state: str = "exists") -> dict[type, Any]:
    rules = rules_of(text) if state == "exists" else ()
    return {
        QueryVault: VaultAnswer(Answered.YES, role_state="exists", role={"token_policies": (name,)}),
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
    assert outcome(POLICY_ALLOWS, allowed=TOKEN, answers=answers).status is status


def test_an_old_secret_is_due_for_rotation_and_is_asked_about_with_a_token_only() -> None:
    old = secret(created_at=NOW - timedelta(days=93))
    told = outcome(SECRETS_FRESH, allowed=TOKEN, answers=old)
    assert told.status is Status.WARN
    assert "93 days old" in told.findings[0].summary
    assert outcome(SECRETS_FRESH, allowed=TOKEN, answers=secret()).status is Status.PASS
    without = outcome(SECRETS_FRESH, answers=old)
    assert without.status is Status.SKIP
    assert "VAULT_TOKEN" in without.reason


NODE: Json = {
    "metadata": {"name": "n1"},
    "status": {"images": [{"names": [IMAGE]}], "allocatable": {"cpu": "1", "memory": "1Gi"}},
}
ONE: Json = {"spec": {"containers": [{"name": "worker", "image": IMAGE}]}}


def test_an_image_that_nobody_is_known_to_have_is_unknown_and_not_missing() -> None:
    assert outcome(IMAGE_EXISTS, template=ONE).status is Status.UNKNOWN
    assert outcome(IMAGE_EXISTS, template=ONE, nodes=[NODE]).status is Status.PASS
    assert outcome(IMAGE_EXISTS, template=ONE, pods=(POD,)).status is Status.PASS


@pytest.mark.parametrize(
    ("held", "nodes", "status"),
    [
        (Held.YES, [], Status.PASS),
        (Held.NO, [NODE], Status.FAIL),
        (Held.DENIED, [], Status.UNKNOWN),
        (Held.DENIED, [NODE], Status.PASS),
        (Held.UNTOLD, [], Status.UNKNOWN),
    ],
)
def test_a_registrys_word_counts_before_that_of_nodes(held: Held, nodes: list[Json], status: Status) -> None:
    answers: dict[type, Any] = {QueryRegistry: RegistryAnswer(held, detail="d")}
    told = outcome(IMAGE_EXISTS, template=ONE, allowed=(Allowance.REGISTRY,), answers=answers, nodes=nodes)
    assert told.status is status


def test_a_node_must_be_free_of_taints_and_large_enough() -> None:
    large = {"spec": {"containers": [{"name": "worker", "resources": {"requests": {"memory": "2Gi"}}}]}}
    tainted = {**NODE, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}
    cordoned = {**NODE, "spec": {"unschedulable": True}}
    assert outcome(NODES_SUIT, template=ONE, nodes=[tainted, cordoned, NODE]).status is Status.PASS
    assert outcome(NODES_SUIT, template=ONE, nodes=[tainted, cordoned]).status is Status.FAIL
    assert "has only 1Gi memory" in outcome(NODES_SUIT, template=large, nodes=[NODE]).findings[0].summary


def test_a_first_install_needs_room_for_all_its_pods() -> None:
    quota: Json = {"metadata": {"name": "q"}, "status": {"hard": {"pods": "5"}, "used": {"pods": "3"}}}
    assert outcome(QUOTA_SUFFICES, template=ONE, resourcequotas=[quota]).status is Status.FAIL
    assert outcome(QUOTA_SUFFICES, template=ONE, pods=(POD,), resourcequotas=[quota]).status is Status.PASS


def test_an_account_may_come_with_the_manifest() -> None:
    account: Json = {"metadata": {"name": "default"}}
    assert outcome(ACCOUNT_EXISTS, template=ONE).status is Status.FAIL
    assert outcome(ACCOUNT_EXISTS, template=ONE, serviceaccounts=[account]).status is Status.PASS
    given = msgspec.convert({"accounts": [account]}, Manifest)
    assert outcome(ACCOUNT_EXISTS, template=ONE, manifest=given).status is Status.PASS


def test_a_pull_secret_is_told_by_a_list_by_events_or_by_pods_that_had_it() -> None:
    names = (Allowance.SECRET_NAMES,)
    right: Json = {"metadata": {"name": "login"}, "type": "kubernetes.io/dockerconfigjson"}
    assert outcome(PULL_SECRETS_EXIST, allowed=names, secrets=[right]).status is Status.PASS
    (other,) = outcome(PULL_SECRETS_EXIST, allowed=names, secrets=[{**right, "type": "Opaque"}]).findings
    assert other.code == "workload.pull-secret-unusable"
    (missing,) = outcome(PULL_SECRETS_EXIST, allowed=names).findings
    assert missing.code == "workload.pull-secret-missing"
    assert outcome(PULL_SECRETS_EXIST).status is Status.UNKNOWN
    assert outcome(PULL_SECRETS_EXIST, pods=(POD,)).status is Status.PASS


def test_a_reference_is_told_by_a_list_by_the_manifest_or_by_pods_that_have_it() -> None:
    names = (Allowance.SECRET_NAMES,)

    def there(*keys: str) -> Json:
        fields: Json = {"f:data": {f"f:{key}": {} for key in keys}} if keys else {}
        return {"metadata": {"name": "s", "managedFields": [{"manager": "m", "fieldsV1": fields}]}, "type": "Opaque"}

    assert outcome(REFERENCES_EXIST, allowed=names, secrets=[there("k")]).status is Status.PASS
    (no_key,) = outcome(REFERENCES_EXIST, allowed=names, secrets=[there("other")]).findings
    assert no_key.code == "secrets.key-not-found"
    (missing,) = outcome(REFERENCES_EXIST, allowed=names).findings
    assert missing.code == "secrets.secret-not-found"
    # The API server tells no keys: then nobody knows, but for pods that have it.
    assert outcome(REFERENCES_EXIST, allowed=names, secrets=[there()]).status is Status.UNKNOWN
    assert outcome(REFERENCES_EXIST, allowed=names, secrets=[there()], pods=(POD,)).status is Status.PASS
    assert outcome(REFERENCES_EXIST).status is Status.UNKNOWN
    assert outcome(REFERENCES_EXIST, manifest=Manifest(secrets=(Holder(name="s", keys=("k",)),))).status is Status.PASS
    assert outcome(REFERENCES_EXIST, manifest=Manifest(secrets=(Holder(name="s"),))).status is Status.FAIL
