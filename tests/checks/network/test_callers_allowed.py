"""Policies that keep out those who call the pods' Services."""

import pytest

from checks.network.callers_allowed import CALLERS_ALLOWED
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Severity, Status
from tests.support.kit import LABELS, Json, codes, context, findings, outcome
from tests.support.objects import deployment, meta, pod, service, variables


def policy(*rules: Json, name: str = "closed", selector: Json | None = None) -> Json:
    spec = {"podSelector": selector or {}, "policyTypes": ["Ingress"], "ingress": list(rules)}
    return {"metadata": meta(name, "msp"), "spec": spec}


def from_pods(labels: Json, *ports: Json) -> Json:
    return {"from": [{"podSelector": {"matchLabels": labels}}], "ports": list(ports)}


def called(*policies: Json, url: str = "http://api:80", replicas: int = 1) -> Context:
    caller = deployment("web", *variables(API_URL=url), replicas=replicas)
    caller["spec"]["template"]["metadata"]["labels"] = {"app": "web"}
    api = service("api", 80, selector=LABELS)
    api["spec"]["ports"][0]["targetPort"] = "http"
    return context(
        pod(ready=True),
        container={"ports": [{"name": "http", "containerPort": 8080}]},
        deployments=[caller],
        services=[api],
        networkpolicies=policies,
        namespaces=[{"metadata": meta("msp")}],
    )


@pytest.mark.parametrize(
    "rules",
    [[], [from_pods({"app": "cart"})], [from_pods({"app": "web"}, {"port": 80})]],
    ids=["deny all", "other pods", "the Service's port"],
)
def test_a_caller_that_no_rule_lets_in_is_named(rules: list[Json]) -> None:
    (found,) = findings(CALLERS_ALLOWED, called(policy(*rules)))
    assert (found.code, found.severity) == ("network.callers-blocked", Severity.WARNING)
    assert found.confidence is Confidence.LIKELY
    assert "keeps deployment web out, which names Service api" in found.summary


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [policy(from_pods({"app": "web"}, {"port": 8080}))],
        [policy(from_pods({"app": "web"}, {"port": "http"}))],
        [policy(), policy(from_pods({"app": "web"}), name="open")],
        [policy(selector={"matchLabels": {"app": "db"}})],
    ],
    ids=["no policy", "by port", "by port name", "by another policy", "of other pods"],
)
def test_a_caller_that_is_let_in_is_silent(policies: list[Json]) -> None:
    assert codes(CALLERS_ALLOWED, called(*policies)) == []


@pytest.mark.parametrize(
    "ctx", [called(policy(), url="http://db:80"), called(policy(), replicas=0)], ids=["other", "0"]
)
def test_without_a_caller_it_is_not_applicable(ctx: Context) -> None:
    assert outcome(CALLERS_ALLOWED, ctx).status is Status.SKIP
