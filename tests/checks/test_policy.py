"""What an audit says of rights, containers, network and Secrets, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.policy.account_own import ACCOUNT_OWN
from checks.policy.container_unprivileged import CONTAINER_UNPRIVILEGED
from checks.policy.egress_limited import EGRESS_LIMITED
from checks.policy.rights_minimal import RIGHTS_MINIMAL
from checks.policy.secrets_fresh import SECRETS_FRESH
from checks.policy.token_needed import TOKEN_NEEDED
from diagnose.check.api import Check, Context, NotApplicableError, SurveyResult
from diagnose.domain.kubernetes.rbac import allows
from diagnose.domain.kubernetes.security_context import host_access, unrestricted
from diagnose.queries.exec_survey.survey import Connection, Process, Reached, SurveyAnswer
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Container, NetworkPolicy, Pod, PodSpec, PodTemplate, RoleRule
from diagnose.target.request import Allowance
from diagnose.target.target import TemporalFacts
from tests.support.kit import LABELS, NOW, Json, context


def rule(resources: str, verbs: str, group: str = "", **more: Any) -> Json:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split(), **more}


def found(check: Check, ctx: Context) -> list[tuple[str, str]]:
    ctx.names = {"workload": "worker"}
    return [(each.code.partition(".")[2], each.summary) for each in check.run(ctx)]


def codes(check: Check, ctx: Context) -> list[str]:
    return [code for code, _ in found(check, ctx)]


def template(ctx: Context, **spec: Any) -> Context:
    made = msgspec.convert({"metadata": {"labels": LABELS}, "spec": spec}, PodTemplate)
    ctx.target = replace(ctx.target, template=made, container=(*made.spec.containers, ctx.target.container)[0])
    return ctx


@pytest.mark.parametrize(
    ("given", "words"),
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
def test_rules_are_named_by_what_they_allow(given: Json, words: tuple[str, ...]) -> None:
    assert allows((msgspec.convert(given, RoleRule),)) == words


ACCOUNT = {"kind": "ServiceAccount", "name": "own", "namespace": "msp"}


def bound(role: str, *subjects: Json, kind: str = "Role", **labels: str) -> Json:
    where = {} if kind == "ClusterRole" else {"namespace": "msp"}
    return {
        "metadata": {"name": "b", "labels": labels, **where},
        "roleRef": {"kind": kind, "name": role},
        "subjects": list(subjects),
    }


def rights(*, role: Json | None = None, binding: Json | None = None, cluster: Json | None = None) -> Context:
    named = {"metadata": {"name": "r"}, "rules": [role] if role else []}
    lists: dict[str, Any] = {
        "roles": [named],
        "rolebindings": [binding] if binding else [],
        "clusterroles": [
            named,
            {"metadata": {"name": "system:auth-delegator"}},
            {"metadata": {"name": "system:discovery"}},
        ],
        "clusterrolebindings": [cluster] if cluster else [],
    }
    ctx = template(context(**lists), serviceAccountName="own")
    profile = msgspec.structs.replace(ctx.target.profile, own_roles={"secret-sync": "portal domains"})
    ctx.target = replace(ctx.target, profile=profile)
    return ctx


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (ACCOUNT, ["rights-excessive"]),
        ({"kind": "ServiceAccount", "name": "own"}, ["rights-excessive"]),
        ({"kind": "Group", "name": "system:serviceaccounts:msp"}, ["rights-excessive"]),
        ({"kind": "ServiceAccount", "name": "other", "namespace": "msp"}, []),
        ({"kind": "ServiceAccount", "name": "own", "namespace": "elsewhere"}, []),
    ],
)
def test_whom_a_binding_concerns(subject: Json, said: list[str]) -> None:
    assert codes(RIGHTS_MINIMAL, rights(role=rule("secrets", "list"), binding=bound("r", subject))) == said


@pytest.mark.parametrize(
    ("binding", "said", "remark"),
    [
        (bound("r", ACCOUNT, kind="ClusterRole"), ["rights-cluster-wide"], ""),
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
    binding: Json, said: list[str], remark: str
) -> None:
    ctx = rights(cluster=binding)
    assert codes(RIGHTS_MINIMAL, ctx) == said
    assert remark in ctx.remark


def test_the_charts_own_role_is_remarked_as_long_as_it_is_limited_to_its_purpose() -> None:
    binding = bound("worker-secret-sync", ACCOUNT)
    ctx = rights(binding=binding)
    own = {"metadata": {"name": "worker-secret-sync"}, "rules": [rule("secrets", "get list create")]}
    ctx.run_data.kinds["roles"] = [own]  # type: ignore[attr-defined]
    assert codes(RIGHTS_MINIMAL, ctx) == []
    assert "portal domains" in ctx.remark
    own["rules"].append(rule("pods/exec", "create"))  # type: ignore[attr-defined]
    assert codes(RIGHTS_MINIMAL, ctx) == ["rights-excessive"]


def test_what_may_not_be_listed_is_not_passed() -> None:
    ctx = rights(role=rule("secrets", "list"), binding=bound("r", ACCOUNT))
    answer = ctx.run_data.query

    def refusing(query: Any) -> Any:
        if query.plural == "clusterrolebindings":
            raise NoAnswerError("list clusterrolebindings is forbidden for joe")
        return answer(query)

    ctx.run_data.query = refusing  # type: ignore[method-assign]
    assert codes(RIGHTS_MINIMAL, ctx) == ["rights-excessive"]
    assert ctx.problems == ["list clusterrolebindings is forbidden for joe"]


@pytest.mark.parametrize(
    ("account", "said"), [("own", []), ("", ["account-default"]), ("default", ["account-default"])]
)
def test_the_account_is_the_workers_own(account: str, said: list[str]) -> None:
    assert codes(ACCOUNT_OWN, template(context(), serviceAccountName=account)) == said


def test_a_token_is_needed_by_whoever_has_rights() -> None:
    mount = {"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    carrying = msgspec.convert(
        {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "worker", "volumeMounts": [mount]}]}}, Pod
    )
    ctx = rights()
    ctx.target = replace(ctx.target, pods=(carrying,))
    assert codes(TOKEN_NEEDED, ctx) == ["token-unneeded"]
    useful = rights(role=rule("certificates", "create", "cert-manager.io"), binding=bound("r", ACCOUNT))
    useful.target = replace(useful.target, pods=(carrying,))
    assert codes(TOKEN_NEEDED, useful) == []


HARDENED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def test_what_the_pod_says_holds_for_a_container_that_says_nothing() -> None:
    bare = Container(name="worker")
    assert len(unrestricted(PodSpec(), bare)) == 4
    pod = msgspec.convert({"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}}, PodSpec)
    assert unrestricted(pod, bare) == ("allowPrivilegeEscalation", "capabilities.drop")
    assert unrestricted(PodSpec(), msgspec.convert({"name": "w", "securityContext": HARDENED}, Container)) == ()


def test_a_capability_to_listen_on_low_ports_is_harmless() -> None:
    def adding(*names: str) -> PodSpec:
        return msgspec.convert(
            {"containers": [{"name": "w", "securityContext": {"capabilities": {"add": names}}}]}, PodSpec
        )

    assert host_access(adding("NET_BIND_SERVICE")) == ()
    assert host_access(adding("NET_BIND_SERVICE", "SYS_ADMIN")) == ("capability SYS_ADMIN in w",)


@pytest.mark.parametrize(
    ("declared", "seen", "said", "problems"),
    [
        (0, 999, ["runs-as-root"], 0),
        (1000, 0, [], 0),
        (None, 0, ["runs-as-root"], 0),
        (None, 999, [], 0),
        (None, None, [], 1),
    ],
)
def test_whom_a_container_runs_as(declared: int | None, seen: int | None, said: list[str], problems: int) -> None:
    own = {} if declared is None else {"runAsUser": declared}
    pod = msgspec.convert({"metadata": {"name": "a"}}, Pod)
    ctx = template(context(pod), containers=[{"name": "worker", "securityContext": own}])
    look = SurveyResult(pod=pod, container="worker", answer=SurveyAnswer("node", process=Process(uid=seen)))
    ctx.run_data.surveys = lambda: (look,)  # type: ignore[method-assign]
    assert codes(CONTAINER_UNPRIVILEGED, ctx) == said
    assert len(ctx.problems) == problems


def egress(*rules: Json) -> Json:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": list(rules)}
    return {"metadata": {"name": "p", "namespace": "msp"}, "spec": spec}


TEMPORAL = TemporalFacts(host="203.0.113.9", port=7233, namespace="default", queues=())
DNS = {"ports": [{"protocol": "UDP", "port": 53}]}


def limited(*policies: Json, reached: bool = False) -> Context:
    ctx = context(msgspec.convert({"metadata": {"name": "a"}}, Pod), networkpolicies=list(policies))
    ctx.target = replace(ctx.target, temporal=TEMPORAL)
    routes = (Connection(TEMPORAL.host, TEMPORAL.port, Reached.CONNECTED),) if reached else ()
    look = SurveyResult(pod=ctx.target.pods[0], container="worker", answer=SurveyAnswer("node", connections=routes))
    ctx.run_data.surveys = lambda: (look,)  # type: ignore[method-assign]
    return ctx


@pytest.mark.parametrize(
    ("policies", "reached", "said"),
    [
        ([], True, ["egress-unlimited"]),
        ([egress(DNS, {"ports": [{"port": 7233}]})], True, []),
        ([egress(DNS)], False, ["egress-misses"]),
        # Its words forbid what pods do all the same.
        ([egress(DNS)], True, ["policies-unenforced"]),
        ([egress({})], True, ["egress-unlimited"]),
        ([egress({"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]})], True, []),
    ],
)
def test_egress_is_limited_to_what_is_needed(policies: list[Json], reached: bool, said: list[str]) -> None:
    assert codes(EGRESS_LIMITED, limited(*policies, reached=reached)) == said


def test_a_rule_for_every_pod_is_no_rule_for_every_address() -> None:
    policy = msgspec.convert(egress({"to": [{"namespaceSelector": {}}]}), NetworkPolicy)
    assert not any(peer.ip_block for rule in policy.spec.egress for peer in rule.peers_to)
    assert (
        codes(EGRESS_LIMITED, limited(egress(DNS, {"to": [{"namespaceSelector": {}}]}, {"ports": [{"port": 7233}]})))
        == []
    )


def secret(age_days: float, *, data: bool = True) -> Json:
    at = (NOW - timedelta(days=age_days)).isoformat()
    fields: Json = {"f:data": {"f:KEY": {}}} if data else {"f:metadata": {"f:labels": {}}}
    made = (NOW - timedelta(days=400)).isoformat()
    return {"metadata": {"name": "s", "creationTimestamp": made, "managedFields": [{"time": at, "fieldsV1": fields}]}}


def aged(thing: Json, *, started_days: float = 1000, allowed: bool = True) -> Context:
    state = {"running": {"startedAt": (NOW - timedelta(days=started_days)).isoformat()}}
    pod = msgspec.convert(
        {"metadata": {"name": "a"}, "status": {"containerStatuses": [{"name": "worker", "state": state}]}}, Pod
    )
    env = [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "KEY"}}}]
    ctx = template(context(pod, secrets=[thing]), containers=[{"name": "worker", "env": env}])
    given = frozenset({Allowance.SECRET_NAMES}) if allowed else frozenset()
    ctx.target = replace(ctx.target, request=replace(ctx.target.request, allowed=given))
    return ctx


@pytest.mark.parametrize(
    ("thing", "started_days", "said"),
    [
        (secret(10), 5, []),
        (secret(93), 5, ["secret-overdue"]),
        (secret(10), 20, ["secret-newer-than-process"]),
        # A label was set lately; its data are as old as it is.
        (secret(1, data=False), 5, ["secret-overdue"]),
    ],
)
def test_a_secret_is_as_old_as_its_data(thing: Json, started_days: float, said: list[str]) -> None:
    assert codes(SECRETS_FRESH, aged(thing, started_days=started_days)) == said


def test_without_the_flag_no_secret_is_listed() -> None:
    with pytest.raises(NotApplicableError, match="--secret-names"):
        codes(SECRETS_FRESH, aged(secret(500), allowed=False))
