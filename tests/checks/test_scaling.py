"""What the autoscaler and the disruption budget say, and when that is a fault; the texts are a real cluster's."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.scaling.drain_possible import DRAIN_POSSIBLE
from checks.scaling.has_metrics import HAS_METRICS
from checks.scaling.within_limits import WITHIN_LIMITS
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.resources import Pod
from diagnose.resources.containers import Container
from tests.support.kit import LABELS, NOW, context

NO_METRICS = (
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
    "resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the "
    "request"
)
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
USED = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 95}}}


def condition(kind: str, status: str, reason: str, *, message: str = "", age_s: float = 300) -> dict[str, Any]:
    at = (NOW - timedelta(seconds=age_s)).isoformat()
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": at}


def autoscaler(*conditions: dict[str, Any], least: int = 2, most: int = 3) -> dict[str, Any]:
    target = {"kind": "Deployment", "name": "worker"}
    spec = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most, "metrics": [CPU]}
    return {
        "metadata": {"name": "scaler"},
        "spec": spec,
        "status": {"conditions": conditions, "currentMetrics": [USED]},
    }


def pod(name: str = "worker-1", *, agent_requests: dict[str, str] | None = None) -> Pod:
    asked = {"name": "worker", "resources": {"requests": {"cpu": "50m"}}}
    agent = {
        "name": "vault-agent",
        "resources": {"requests": {"cpu": "10m"} if agent_requests is None else agent_requests},
    }
    return msgspec.convert(
        {"metadata": {"name": name, "labels": LABELS}, "spec": {"nodeName": "node-1", "containers": [asked, agent]}},
        Pod,
    )


def found(check: Check, ctx: Context) -> list[tuple[str, str]]:
    return [(each.code, each.summary) for each in check.run(ctx)]


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
    ctx = context(pod(), horizontalpodautoscalers=[autoscaler(inactive)], services=[service], deployments=[server])
    ((code, summary),) = found(HAS_METRICS, ctx)
    assert code == "scaling.metrics-unavailable"
    assert "deployment metrics-server is scaled to 0" in summary


def test_what_has_only_just_begun_passes_by_itself() -> None:
    inactive = condition("ScalingActive", "False", "FailedGetResourceMetric", message=NO_METRICS, age_s=20)
    assert found(HAS_METRICS, context(pod(), horizontalpodautoscalers=[autoscaler(inactive)])) == []


def test_a_container_without_a_request_is_named() -> None:
    ctx = context(pod(agent_requests={}), horizontalpodautoscalers=[autoscaler()])
    ((code, summary),) = found(HAS_METRICS, ctx)
    assert code == "scaling.request-missing"
    assert "Container vault-agent requests no cpu" in summary


@pytest.mark.parametrize(
    ("restarts", "is_fault"),
    [
        pytest.param("Always", True, id="a sidecar, which runs as long as the pod"),
        pytest.param("", False, id="an init container, which is over when usage is measured"),
    ],
)
def test_an_init_container_needs_a_request_only_as_a_sidecar(restarts: str, is_fault: bool) -> None:
    one = pod()
    init = msgspec.convert({"name": "proxy", "restartPolicy": restarts}, Container)
    one = msgspec.structs.replace(one, spec=msgspec.structs.replace(one.spec, init_containers=(init,)))
    codes = [code for code, _ in found(HAS_METRICS, context(one, horizontalpodautoscalers=[autoscaler()]))]
    assert codes == (["scaling.request-missing"] if is_fault else [])


def test_no_autoscaler_and_no_pods_wanted_are_no_fault() -> None:
    with pytest.raises(NotApplicableError):
        found(HAS_METRICS, context(pod()))
    with pytest.raises(NotApplicableError):
        found(WITHIN_LIMITS, context(pod(), replicas=0, horizontalpodautoscalers=[autoscaler()]))


@pytest.mark.parametrize(
    ("scaler", "is_fault"),
    [
        (autoscaler(condition("ScalingLimited", "True", "TooManyReplicas")), True),
        (autoscaler(condition("ScalingLimited", "True", "TooManyReplicas", age_s=10)), False),
        (autoscaler(condition("ScalingLimited", "True", "TooManyReplicas"), least=3, most=3), False),
        (autoscaler(condition("ScalingLimited", "True", "TooFewReplicas")), False),
        (autoscaler(condition("ScalingLimited", "False", "DesiredWithinRange")), False),
    ],
)
def test_wanting_more_than_the_maximum_is_a_fault_when_it_lasts(scaler: dict[str, Any], is_fault: bool) -> None:
    codes = found(WITHIN_LIMITS, context(pod(), horizontalpodautoscalers=[scaler]))
    assert bool(codes) is is_fault
    if is_fault:
        assert "at its maximum of 3 pods and needs more while 95 % of the requested cpu" in codes[0][1]


def budget(allowed: int, healthy: int, needed: int) -> dict[str, Any]:
    spec = {"minAvailable": needed, "selector": {"matchLabels": LABELS}}
    status = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": needed, "expectedPods": 3}
    return {"metadata": {"name": "budget"}, "spec": spec, "status": status}


CORDONED = {"metadata": {"name": "node-1"}, "spec": {"unschedulable": True}}


@pytest.mark.parametrize(
    ("disruption_budget", "is_fault"),
    [
        (budget(0, 3, 3), True),
        # It waits for a pod to become ready again, as in every drain.
        (budget(0, 2, 2), False),
        (budget(1, 3, 2), False),
    ],
)
def test_a_budget_that_never_lets_a_pod_go_blocks_a_drain(disruption_budget: dict[str, Any], is_fault: bool) -> None:
    ctx = context(pod(), nodes=[CORDONED], poddisruptionbudgets=[disruption_budget])
    assert bool(found(DRAIN_POSSIBLE, ctx)) is is_fault


def test_without_a_cordoned_node_nobody_asks_for_budgets() -> None:
    free = {"metadata": {"name": "node-1"}, "spec": {}}
    with pytest.raises(NotApplicableError):
        found(DRAIN_POSSIBLE, context(pod(), nodes=[free], poddisruptionbudgets=[budget(0, 3, 3)]))
