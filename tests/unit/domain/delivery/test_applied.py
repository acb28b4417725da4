"""A cause that names what was changed in an object since it was applied has that as evidence, and its undo."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from diagnose.check.api import Context
from diagnose.cli.assembly import prepare
from diagnose.commands import kubectl
from diagnose.domain.delivery.applied import Applied, changed_fields, reapplied
from diagnose.model.report import Cause, Finding, Remediation, Step
from diagnose.resources import (
    AppliedObject,
    Autoscaler,
    ConfigMap,
    DisruptionBudget,
    NetworkPolicy,
    ResourceQuota,
    Service,
)
from diagnose.resources.metadata import LAST_APPLIED
from diagnose.target.request import Request
from diagnose.text.decoding import from_json
from diagnose.text.times import to_text
from tests.support import recordings
from tests.support.kit import NOW, ago, context
from tests.support.objects import pod

SENTENCE = "The host catalogue of UPSTREAM_URL, key UPSTREAM_URL of ConfigMap settings, does not exist."
GUESS = Step(
    "Correct it.", kubectl.patch("configmap", "settings", {"data": {"UPSTREAM_URL": "NEW_VALUE"}}), changes="configmap"
)
KNOWN = Step(
    "Correct it.", kubectl.patch("configmap", "settings", {"data": {"UPSTREAM_URL": "a"}}), changes="configmap"
)


def config_map(data: dict[str, str], applied: dict[str, str], minutes: float = 4, name: str = "settings") -> ConfigMap:
    written: dict[str, Any] = {"f:data": {f"f:{key}": {} for key in data if data[key] != applied.get(key)}}
    entry = {"manager": "kubectl-edit", "time": ago(minutes=minutes), "fieldsV1": written}
    meta = {"name": name, "namespace": "msp", "managedFields": [entry]}
    notes = {LAST_APPLIED: json.dumps({"data": applied})}
    return from_json(json.dumps({"metadata": {**meta, "annotations": notes}, "data": data}), ConfigMap)


def scene() -> Context:
    sources: list[Any] = [{"configMapRef": {"name": name}} for name in ("settings", "more")]
    return context(pod("one", {"name": "worker", "envFrom": sources}), container={"envFrom": sources})


def of(*found: Applied, steps: tuple[Step, ...] = (), summary: str = SENTENCE) -> Finding:
    finding = Finding(code="network.host-not-found", summary=summary, remediation=Remediation(summary="", steps=steps))
    (cause,) = reapplied((Cause(check="network.hosts", finding=finding),), found, scene().target, NOW)
    return cause.finding


EDITED = config_map(
    {"UPSTREAM_URL": "http://catalogue", "LEVEL": "x"}, {"UPSTREAM_URL": "http://catalog", "LEVEL": "y"}
)


def test_a_value_that_a_cause_names_has_its_earlier_one_as_evidence_and_is_set_back_instead_of_a_guess() -> None:
    found = of(EDITED, steps=(GUESS,))
    (seen,) = found.evidence
    at = to_text(NOW - timedelta(minutes=4))
    assert seen.text == f"UPSTREAM_URL is http://catalogue (was http://catalog); written by kubectl-edit at {at}"
    assert found.remediation.steps[0].command == (
        """kubectl -n msp patch configmap settings --type merge -p '{"data":{"UPSTREAM_URL":"http://catalog"}}' """
        "&& kubectl -n msp rollout restart deployment/worker"
    )


def test_a_value_that_is_known_stays_the_first_fix() -> None:
    found = of(EDITED, steps=(KNOWN,))
    assert (found.remediation.steps, len(found.evidence)) == ((KNOWN,), 1)


def test_what_was_changed_in_two_config_maps_is_set_back_in_both() -> None:
    other = config_map({"LEVEL": "verbose"}, {"LEVEL": "debug"}, name="more")
    found = of(EDITED, other, steps=(GUESS,), summary=f"{SENTENCE} LEVEL is verbose.")
    first, second, last = found.remediation.steps
    assert ["patch configmap settings" in first.command, "patch configmap more" in second.command] == [True, True]
    assert (last, len(found.evidence)) == (GUESS, 3)


def test_the_host_and_the_port_of_one_server_are_set_back_together() -> None:
    before, after = {"DB_HOST": "db", "DB_PORT": "5432", "MODE": "a"}, {"DB_HOST": "web", "DB_PORT": "80", "MODE": "b"}
    step, *_ = of(config_map(after, before), summary="The port 80 of DB_PORT is not of PostgreSQL.").remediation.steps
    patch = '{"data":{"DB_HOST":"db","DB_PORT":"5432"}}'
    assert step.command.has("-p", patch)


def test_a_key_that_is_gone_is_added_again() -> None:
    gone = config_map({"LEVEL": "x"}, {"UPSTREAM_URL": "http://catalog", "LEVEL": "x"})
    found = of(gone, steps=(GUESS,), summary="ConfigMap settings has no key UPSTREAM_URL.")
    assert '{"data":{"UPSTREAM_URL":"http://catalog"}}' in found.remediation.steps[0].command


@pytest.mark.parametrize(
    ("found", "summary"),
    [
        (EDITED, "The pod is not ready."),
        (config_map({"UPSTREAM_URL": "http://b"}, {"UPSTREAM_URL": "http://a"}, minutes=60 * 30), SENTENCE),
        (config_map({"UPSTREAM_URL": "http://a"}, {"UPSTREAM_URL": "http://a"}), SENTENCE),
    ],
    ids=["another cause", "changed long ago", "as applied"],
)
def test_what_a_cause_does_not_name_and_what_is_old_or_as_applied_is_none(found: ConfigMap, summary: str) -> None:
    assert (of(found, summary=summary).remediation.steps, of(found, summary=summary).evidence) == ((), ())


def edited(
    kind: type[AppliedObject],
    applied: dict[str, Any],
    *fields: str,
    by: str = "kubectl-edit",
    namespace: str = "msp",
    **spec: Any,
) -> AppliedObject:
    """Returns an object that has other fields now; `fields` are those that a tool wrote."""
    written: dict[str, Any] = {"f:spec": {f"f:{each}": {} for each in (fields or spec)}}
    entry = {"manager": by, "time": ago(minutes=4), "fieldsV1": written}
    notes = {LAST_APPLIED: json.dumps({"spec": applied})}
    meta = {"name": "catalog", "namespace": namespace, "managedFields": [entry], "annotations": notes}
    return from_json(json.dumps({"metadata": meta, "spec": {**applied, **spec}}), kind)


PORTS = [{"port": 80, "targetPort": 8080}]
SERVICE = {"selector": {"app": "catalog"}, "ports": PORTS}
CLOSED = "catalog:80 does not exist: Service catalog has no port 80; it listens on 8081."
NODE_PORT = {**SERVICE, "type": "NodePort"}
SERVED = [{**PORTS[0], "nodePort": 30080}]
RULE = {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 8080}]}
POLICY = {"podSelector": {"matchLabels": {"app": "catalog"}}, "policyTypes": ["Ingress"], "ingress": [RULE]}
QUOTA = {"hard": {"pods": 10, "requests.cpu": "2000m"}}


@pytest.mark.parametrize(
    ("thing", "summary", "patch"),
    [
        (
            edited(Service, SERVICE, ports=[{"port": 8081, "targetPort": 8080}]),
            CLOSED,
            """service catalog --type json -p '[{"op":"replace","path":"/spec/ports/0/port","value":80}]'""",
        ),
        (
            edited(Service, SERVICE, selector={"app": "catalogue"}),
            "Service catalog selects app=catalogue, which no pod has.",
            """service catalog --type merge -p '{"spec":{"selector":{"app":"catalog"}}}'""",
        ),
        (
            edited(Service, SERVICE, selector={"app": "catalog", "app.kubernetes.io/track": "b"}),
            "Service catalog selects app.kubernetes.io/track=b, which no pod has.",
            """service catalog --type merge -p '{"spec":{"selector":{"app.kubernetes.io/track":null}}}'""",
        ),
        (
            edited(Service, SERVICE, internalTrafficPolicy="Local"),
            "Service catalog has internalTrafficPolicy Local, and no endpoint on node one.",
            """service catalog --type merge -p '{"spec":{"internalTrafficPolicy":"Cluster"}}'""",
        ),
        (
            edited(Service, SERVICE, ports=[*PORTS, {"port": 81}]),
            "Service catalog has a port 81 that nothing listens on.",
            """service catalog --type merge -p '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}'""",
        ),
        (
            edited(NetworkPolicy, POLICY, ingress=[{**RULE, "ports": [{"port": 8443}]}]),
            "NetworkPolicy msp/catalog keeps the program from catalog:8080.",
            "networkpolicy catalog --type json -p "
            """'[{"op":"replace","path":"/spec/ingress/0/ports/0/port","value":8080}]'""",
        ),
        (
            edited(Autoscaler, {"minReplicas": 2, "maxReplicas": 10}, maxReplicas=2),
            "HorizontalPodAutoscaler catalog is at its maxReplicas.",
            """horizontalpodautoscaler catalog --type merge -p '{"spec":{"maxReplicas":10}}'""",
        ),
        (
            edited(DisruptionBudget, {"maxUnavailable": 1}, maxUnavailable=0),
            "PodDisruptionBudget catalog has maxUnavailable 0, so that no node can be drained.",
            """poddisruptionbudget catalog --type merge -p '{"spec":{"maxUnavailable":1}}'""",
        ),
        (
            edited(ResourceQuota, QUOTA, hard={"pods": "2", "requests.cpu": "2"}),
            "ResourceQuota catalog allows 2 pods, and requests.cpu of 2.",
            """resourcequota catalog --type merge -p '{"spec":{"hard":{"pods":10}}}'""",
        ),
    ],
    ids=["port", "selector", "label", "traffic policy", "ports", "policy", "autoscaler", "budget", "quota"],
)
def test_what_a_cause_names_of_an_object_is_set_back_alone(thing: AppliedObject, summary: str, patch: str) -> None:
    assert of(thing, steps=(GUESS,), summary=summary).remediation.steps[0].command == f"kubectl -n msp patch {patch}"


def test_the_tool_and_both_values_are_in_the_sentence_and_the_evidence() -> None:
    found = of(edited(Service, SERVICE, ports=[{"port": 8081, "targetPort": 8080}]), steps=(GUESS,), summary=CLOSED)
    at = to_text(NOW - timedelta(minutes=4))
    assert found.summary == f"{CLOSED[:-1]}, since kubectl-edit changed ports[0].port from 80 to 8081."
    assert found.evidence[0].text == f"ports[0].port is 8081 (was 80); written by kubectl-edit at {at}"


@pytest.mark.parametrize(
    ("thing", "summary"),
    [
        (edited(Service, SERVICE, internalTrafficPolicy="Local"), CLOSED),
        (edited(Service, SERVICE, ports=[{"port": 8081}]), "Service catalogue has no port 80."),
        (edited(Service, SERVICE, namespace="other", ports=[{"port": 8081}]), CLOSED),
        (edited(Service, NODE_PORT, by="kubectl-client-side-apply", ports=SERVED), "Service catalog: 30080"),
    ],
    ids=["another field", "another Service", "of another namespace", "filled in by the cluster"],
)
def test_what_a_cause_does_not_name_of_an_object_is_none(thing: AppliedObject, summary: str) -> None:
    found = of(thing, steps=(GUESS,), summary=summary)
    assert (found.summary, found.evidence, found.remediation.steps) == (summary, (), (GUESS,))


@pytest.mark.parametrize("by", ["helm", "rollouts-controller", "kubectl", "Terraform", "manager"])
def test_what_a_controller_or_a_tool_that_deploys_has_written_since_is_no_edit(by: str) -> None:
    labelled = {"app": "catalog", "rollouts-pod-template-hash": "7c9d"}
    thing = edited(Service, SERVICE, "ports", "selector", by=by, ports=[{"port": 8081}], selector=labelled)
    assert changed_fields(thing) == ()


def test_what_is_gone_of_an_object_that_a_tool_deploys_is_no_edit() -> None:
    applied = {**SERVICE, "publishNotReadyAddresses": True}
    now: dict[str, Any] = {"publishNotReadyAddresses": False}
    assert changed_fields(edited(Service, applied, "type", by="helm", **now)) == ()
    assert len(changed_fields(edited(Service, applied, "type", **now))) == 1
    gone = edited(Service, SERVICE, "type", selector={"tier": "a"})
    assert [each.path[-1] for each in changed_fields(gone)] == ["app"]


def test_of_an_object_of_another_namespace_the_namespace_is_named() -> None:
    thing = edited(Service, SERVICE, namespace="other", ports=[{"port": 8081}])
    found = of(thing, steps=(GUESS,), summary="Service other/catalog has no port 80.")
    assert found.remediation.steps[0].command.startswith("kubectl -n other patch service catalog ")


def test_a_fix_of_the_same_object_comes_second_and_the_same_change_only_once() -> None:
    thing = edited(NetworkPolicy, POLICY, ingress=[{**RULE, "ports": [{"port": 8443}]}])
    summary, where = "NetworkPolicy msp/catalog keeps the program from catalog:8080.", "NetworkPolicy msp/catalog"
    other = Step("Allow it.", kubectl.patch("networkpolicy", "catalog", {"spec": {}}, namespace="msp"), changes=where)
    undo, second = of(thing, steps=(other,), summary=summary).remediation.steps
    assert second == other
    same = Step("Allow it.", undo.command, changes=where)
    assert of(thing, steps=(same,), summary=summary).remediation.steps == (undo,)


def test_a_complete_fix_of_another_object_stays_the_first() -> None:
    found = of(edited(Service, SERVICE, ports=[{"port": 8081, "targetPort": 8080}]), steps=(KNOWN,), summary=CLOSED)
    assert (found.remediation.steps, len(found.evidence)) == ((KNOWN,), 1)


def test_a_field_of_a_list_that_is_read_in_part_is_not_set_back() -> None:
    metrics = [{"type": "Pods"}, {"type": "External"}]
    thing = edited(Autoscaler, {"maxReplicas": 3, "metrics": metrics}, metrics=metrics[:1])
    assert [each.path for each in changed_fields(thing)] == [("spec", "metrics")]
    assert of(thing, steps=(GUESS,), summary="Autoscaler catalog has the metric Pods.").remediation.steps == (GUESS,)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("R40", """service catalog --type json -p '[{"op":"replace","path":"/spec/ports/0/port","value":80}]'"""),
        (
            "R41",
            "networkpolicy catalog-callers --type json -p "
            """'[{"op":"replace","path":"/spec/ingress/0/ports/0/port","value":8080}]'""",
        ),
    ],
)
def test_the_edit_of_a_recorded_incident_is_set_back(name: str, command: str) -> None:
    finding = prepare(Request(replay=recordings.path(name))).run(threading.Event()).causes[0].finding
    assert finding.remediation.steps[0].command == f"kubectl -n shop patch {command}"
    assert "written by kubectl-edit at " in finding.evidence[0].text
    assert ", since kubectl-edit changed " in finding.summary
