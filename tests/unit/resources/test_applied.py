"""Of the last `kubectl apply` of an object its spec is kept where it differs, with what the API server fills in."""

import json
from typing import Any

import pytest

from diagnose.resources import AppliedObject, Autoscaler, DisruptionBudget, NetworkPolicy, Service
from diagnose.resources.metadata import LAST_APPLIED
from diagnose.text.decoding import from_json

SERVICE = {"selector": {"app": "a"}, "ports": [{"port": 80}]}
POLICY = {"podSelector": {}, "egress": [{"ports": [{"port": 5432}]}]}


def read(kind: type[AppliedObject], spec: dict[str, Any], applied: Any) -> AppliedObject:
    text = applied if isinstance(applied, str) else json.dumps({"apiVersion": "v1", "spec": applied})
    meta = {"name": "x", "annotations": {LAST_APPLIED: text, "note": "x"}}
    return from_json(json.dumps({"metadata": meta, "spec": spec}), kind)


@pytest.mark.parametrize(
    ("kind", "applied", "filled"),
    [
        (Service, SERVICE, {"ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}], "clusterIP": "10.0.0.1"}),
        (Service, SERVICE, {"internalTrafficPolicy": "Cluster", "type": "ClusterIP", "clusterIPs": ["10.0.0.1"]}),
        (NetworkPolicy, POLICY, {"policyTypes": ["Ingress", "Egress"]}),
        (NetworkPolicy, POLICY, {"egress": [{"ports": [{"port": 5432, "protocol": "TCP"}]}]}),
        (Autoscaler, {"maxReplicas": 3}, {"minReplicas": 1}),
    ],
)
def test_what_the_api_server_fills_in_is_no_change(
    kind: type[AppliedObject], applied: dict[str, Any], filled: dict[str, Any]
) -> None:
    assert read(kind, {**applied, **filled}, applied).applied is None


def test_the_spec_before_is_kept_and_the_annotation_is_not() -> None:
    found = read(DisruptionBudget, {"minAvailable": 3}, {"minAvailable": 1})
    assert (found.applied, found.metadata.annotations) == (type(found.spec)(min_available=1), {})


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"spec": 1}', "{}", '{"a":' * 5000 + "1" + "}" * 5000])
def test_what_is_no_manifest_is_none(text: str) -> None:
    assert read(Service, SERVICE, text).applied is None


def test_an_object_of_a_recording_keeps_what_was_read() -> None:
    found = read(Service, SERVICE, {**SERVICE, "type": "NodePort"})
    encoded = json.dumps({"metadata": {"name": "x"}, "spec": SERVICE, "applied": {**SERVICE, "type": "NodePort"}})
    assert from_json(encoded, Service).applied is not None
    assert found.applied is not None
