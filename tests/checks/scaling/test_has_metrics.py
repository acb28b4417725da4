"""The metrics of the autoscaler."""

from typing import Any

import pytest

from checks.scaling.has_metrics import HAS_METRICS
from diagnose.check.api import NotApplicableError
from tests.support.kit import Json, codes, context, findings
from tests.support.objects import autoscaler, condition, pod

NO_METRICS = (
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
    "resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the "
    "request"
)


def requesting(agent_requests: dict[str, str] | None = None, **spec: Any) -> Json:
    """Returns a pod whose worker requests CPU, with an agent that does so unless told otherwise."""
    agent = {"cpu": "10m"} if agent_requests is None else agent_requests
    return pod(
        "worker-1",
        {"name": "worker", "resources": {"requests": {"cpu": "50m"}}},
        {"name": "vault-agent", "resources": {"requests": agent}},
        **spec,
    )


def test_an_autoscaler_without_metrics_names_the_metrics_server() -> None:
    inactive = condition("ScalingActive", "False", "FailedGetResourceMetric", message=NO_METRICS)
    service = {
        "metadata": {"name": "metrics-server", "namespace": "kube-system"},
        "spec": {"selector": {"k8s-app": "metrics-server"}},
    }
    server = {
        "metadata": {"name": "metrics-server"},
        "spec": {"replicas": 0, "template": {"metadata": {"labels": {"k8s-app": "metrics-server"}}}},
    }
    ctx = context(
        requesting(),
        horizontalpodautoscalers=[autoscaler("scaler", inactive)],
        services=[service],
        deployments=[server],
    )
    (finding,) = findings(HAS_METRICS, ctx)
    assert finding.code == "scaling.metrics-unavailable"
    assert "deployment metrics-server is scaled to 0" in finding.summary


def test_what_has_only_just_begun_passes_by_itself() -> None:
    inactive = condition("ScalingActive", "False", "FailedGetResourceMetric", message=NO_METRICS, age_s=20)
    assert findings(HAS_METRICS, context(requesting(), horizontalpodautoscalers=[autoscaler("scaler", inactive)])) == []


def test_a_container_without_a_request_is_named() -> None:
    ctx = context(requesting(agent_requests={}), horizontalpodautoscalers=[autoscaler()])
    (finding,) = findings(HAS_METRICS, ctx)
    assert finding.code == "scaling.request-missing"
    assert "Container vault-agent requests no cpu" in finding.summary


@pytest.mark.parametrize(
    ("restarts", "is_fault"),
    [
        pytest.param("Always", True, id="a sidecar, which runs as long as the pod"),
        pytest.param("", False, id="an init container, which is over when usage is measured"),
    ],
)
def test_an_init_container_needs_a_request_only_as_a_sidecar(restarts: str, is_fault: bool) -> None:
    one = requesting(initContainers=[{"name": "proxy", "restartPolicy": restarts}])
    expected = ["scaling.request-missing"] if is_fault else []
    assert codes(HAS_METRICS, context(one, horizontalpodautoscalers=[autoscaler()])) == expected


def test_without_an_autoscaler_there_are_no_metrics_to_have() -> None:
    with pytest.raises(NotApplicableError):
        findings(HAS_METRICS, context(pod()))
