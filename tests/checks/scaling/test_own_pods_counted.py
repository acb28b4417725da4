"""Pods of others that the autoscaler counts."""

from typing import Any

import pytest

from checks.scaling.own_pods_counted import OWN_PODS_COUNTED
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from tests.support.kit import LABELS, Json, codes, context, findings
from tests.support.objects import autoscaler, condition, pod

REQUEST = {"resources": {"requests": {"cpu": "50m"}}}
OWN = pod("worker-1", {"name": "worker", **REQUEST}, owner="worker-abc", labels=LABELS | {"pod-template-hash": "abc"})


def missing(name: str) -> str:
    return f"failed to get cpu utilization: missing request for cpu in container main of Pod {name}"


def other(kind: str = "", owner: str = "", labels: dict[str, str] | None = None, **container: Any) -> Json:
    found = pod("other-1", {"name": "main", **container}, labels=LABELS if labels is None else labels)
    found["metadata"]["ownerReferences"] = [{"kind": kind, "name": owner}] if kind else []
    return found


def counting(*others: Json, message: str = missing("other-1")) -> Context:
    inactive = condition("ScalingActive", "False", "FailedGetResourceMetric", message, age_s=5)
    return context(
        OWN,
        deployment={"selector": {"matchLabels": LABELS}},
        pods=[OWN, *others],
        horizontalpodautoscalers=[autoscaler("scaler", inactive)],
    )


@pytest.mark.parametrize(
    ("stranger", "fix"),
    [
        pytest.param(other("Job", "reindex"), "label pod other-1 app-", id="a Job"),
        pytest.param(other(), "label pod other-1 app-", id="a bare pod"),
        pytest.param(
            other("ReplicaSet", "canary-abc", {**LABELS, "pod-template-hash": "abc"}),
            "set resources deployment/canary -c main --requests=cpu=NEW_VALUE",
            id="another Deployment",
        ),
        pytest.param(
            other("StatefulSet", "cache"),
            "set resources statefulset/cache -c main --requests=cpu=NEW_VALUE",
            id="a StatefulSet",
        ),
    ],
)
def test_a_pod_of_another_owner_is_named_with_what_takes_it_out(stranger: Json, fix: str) -> None:
    (finding,) = findings(OWN_PODS_COUNTED, counting(stranger))
    assert (finding.code, finding.confidence) == ("scaling.selects-other-pods", Confidence.CERTAIN)
    assert "other-1" in finding.summary
    assert fix in finding.remediation.steps[0].command


def test_a_pod_that_the_condition_does_not_name_is_likely() -> None:
    (finding,) = findings(OWN_PODS_COUNTED, counting(other(), message=missing("gone-1")))
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(other("Job", "reindex", {"app": "reindex"}), id="it has other labels"),
        pytest.param(other("Job", "reindex", resources=REQUEST["resources"]), id="it has a request"),
    ],
)
def test_a_pod_that_does_no_harm_is_not_reported(stranger: Json) -> None:
    assert codes(OWN_PODS_COUNTED, counting(stranger)) == []


def test_another_reason_of_the_autoscaler_is_not_laid_on_the_pod() -> None:
    assert codes(OWN_PODS_COUNTED, counting(other(), message="unable to fetch metrics")) == []
