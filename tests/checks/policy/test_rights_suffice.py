"""Rights that the API server refused to the program, by its log, and what comes near to them."""

from datetime import timedelta
from typing import Any

import pytest

from checks.policy.rights_suffice import RIGHTS_SUFFICE
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Finding, Status
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import NoAnswerError
from tests.support.kit import NOW, Json, context, findings, log, outcome
from tests.support.objects import meta, pod

FORBIDDEN = (
    'E1124 18:29:50 reflector.go:150] failed to list pods: pods is forbidden: User "system:serviceaccount:msp:reader" '
    'cannot list resource "pods" in API group "" in the namespace "msp"'
)
CLUSTER_WIDE = (
    r'{"error":"nodes is forbidden: User \"system:serviceaccount:msp:reader\" cannot watch resource \"nodes\" '
    r'in API group \"\" at the cluster scope"}'
)
KINDS: Json = {"rolebindings": [], "clusterrolebindings": [], "roles": [], "clusterroles": []}


def rule(*verbs: str, resource: str = "pods") -> Json:
    return {"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}


def role(name: str, *rules: Json) -> Json:
    return {"metadata": meta(name, "msp"), "rules": list(rules)}


def binding(name: str, role_name: str, account: str = "reader") -> Json:
    subject = {"kind": "ServiceAccount", "name": account, "namespace": "msp"}
    return {
        "metadata": meta(name, "msp"),
        "roleRef": {"kind": "Role", "name": role_name},
        "subjects": [subject],
    }


def refused(text: str = FORBIDDEN, *, minutes: float = 1, **kinds: Any) -> Context:
    line = LogLine(text, NOW - timedelta(minutes=minutes))
    return context(
        pod(ready=True), spec={"serviceAccountName": "reader"}, logs=[log(line, ready=True)], **{**KINDS, **kinds}
    )


def one(ctx: Context) -> Finding:
    (found,) = findings(RIGHTS_SUFFICE, ctx)
    return found


def test_a_role_without_the_verb_is_named_and_the_step_adds_it() -> None:
    found = one(refused(rolebindings=[binding("b", "read")], roles=[role("read", rule("get"))]))
    assert (found.code, found.confidence) == ("policy.right-missing", Confidence.CERTAIN)
    assert "may not list pods in namespace msp: Role read, which the account has, allows get only" in found.summary
    assert found.remediation.steps[0].command == (
        """kubectl -n msp patch role read --type json -p '[{"op":"add","path":"/rules/0/verbs/-","value":"list"}]'"""
    )


def test_a_role_that_grants_it_for_some_names_may_have_come_since_the_refusal() -> None:
    named = {**rule("list"), "resourceNames": ["lock"]}
    found = one(refused(rolebindings=[binding("b", "read")], roles=[role("read", named)]))
    assert found.confidence is Confidence.LIKELY
    assert "Role read allows it for lock only" in found.summary


def test_a_role_that_is_bound_to_another_account_is_named() -> None:
    found = one(refused(rolebindings=[binding("b", "read", "reeder")], roles=[role("read", rule("list"))]))
    assert "rolebinding b binds it to ServiceAccount msp/reeder" in found.summary
    assert (
        "create rolebinding reader-read --role=read --serviceaccount=msp:reader" in found.remediation.steps[0].command
    )


def test_a_binding_of_a_role_that_does_not_exist_is_named_with_a_similar_one() -> None:
    found = one(refused(rolebindings=[binding("b", "reed")], roles=[role("read", rule("list"))]))
    assert "Role reed of rolebinding b does not exist; read does" in found.summary


def test_without_any_role_the_steps_make_one_with_this_right_alone() -> None:
    found = one(refused())
    assert "no role of the account names them" in found.summary
    assert "create role worker-list-pods --verb=list --resource=pods" in found.remediation.steps[0].command


def test_a_right_in_the_whole_cluster_needs_a_cluster_role() -> None:
    found = one(refused(CLUSTER_WIDE))
    assert "may not watch nodes in the whole cluster" in found.summary
    assert "create clusterrole worker-watch-nodes" in found.remediation.steps[0].command


@pytest.mark.parametrize(
    "rules",
    [[rule("get", "list")], [rule("*", resource="*")]],
    ids=["granted since", "granted by a wildcard"],
)
def test_a_right_that_the_account_has_now_is_not_missing(rules: list[Json]) -> None:
    assert findings(RIGHTS_SUFFICE, refused(rolebindings=[binding("b", "read")], roles=[role("read", *rules)])) == []


@pytest.mark.parametrize(
    ("text", "minutes"),
    [(FORBIDDEN, 30), (FORBIDDEN.replace("msp:reader", "other:reader"), 1), ("403 Forbidden", 1)],
    ids=["long ago", "another account", "another server"],
)
def test_other_refusals_are_not_the_accounts(text: str, minutes: float) -> None:
    assert outcome(RIGHTS_SUFFICE, refused(text, minutes=minutes)).status is Status.SKIP


def test_roles_that_may_not_be_listed_leave_it_likely() -> None:
    ctx = refused()
    ctx.run_data.refused["rolebindings"] = NoAnswerError("forbidden")  # type: ignore[attr-defined]
    assert one(ctx).confidence is Confidence.LIKELY
