"""What an audit says of autoscalers, budgets, places, rollouts and use, and where it has nothing to say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.scaling.autoscaler_suits import AUTOSCALER_SUITS
from checks.scaling.budget_yields import BUDGET_YIELDS
from checks.scaling.cpu_free import CPU_FREE
from checks.scaling.memory_free import MEMORY_FREE
from checks.scaling.one_autoscaler import ONE_AUTOSCALER
from checks.scaling.one_budget import ONE_BUDGET
from checks.scaling.placement_possible import PLACEMENT_POSSIBLE
from checks.scaling.pods_spread import PODS_SPREAD
from checks.scaling.resources_set import RESOURCES_SET
from checks.scaling.rollout_possible import ROLLOUT_POSSIBLE
from checks.scaling.usage_suits import USAGE_SUITS
from diagnose.check.api import Check, Context, NotApplicableError, SurveyResult
from diagnose.domain.kubernetes.autoscaling import count, kept, rollout
from diagnose.model.report import Severity
from diagnose.queries.exec_survey.survey import Process, SurveyAnswer
from diagnose.queries.query import NotFoundError
from diagnose.resources import Deployment, DeploymentSpec, DisruptionBudget, Pod, PodTemplate
from tests.support.kit import LABELS, NOW, Json, context

READY = [{"type": "Ready", "status": "True"}]


def pod(name: str, node: str = "node-1", **resources: Any) -> Pod:
    spec = {"nodeName": node, "containers": [{"name": "worker", "resources": resources}]}
    return msgspec.convert({"metadata": {"name": name}, "spec": spec, "status": {"conditions": READY}}, Pod)


def node(name: str, *, taint: str = "", cordoned: bool = False) -> Json:
    spec = {"unschedulable": cordoned, "taints": [{"key": taint, "effect": "NoSchedule"}] if taint else []}
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": spec}


def scaler(name: str = "scaler", *, least: int = 2, most: int = 10, set_s: float = 7200, of: str = "worker") -> Json:
    changed = {"manager": "helm", "time": (NOW - timedelta(seconds=set_s)).isoformat()}
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": of}, "minReplicas": least, "maxReplicas": most}
    return {"metadata": {"name": name, "managedFields": [changed]}, "spec": spec}


def budget(name: str = "worker", *, selects: Json | None = None, **rule: int | str) -> Json:
    return {"metadata": {"name": name}, "spec": {**rule, "selector": {"matchLabels": selects or LABELS}}}


def strategy(ctx: Context, replicas: int, surge: int | str, missing: int | str) -> Context:
    spec = {"replicas": replicas, "strategy": {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}}}
    deployment = msgspec.convert({"metadata": {"name": "worker"}, "spec": spec}, Deployment)
    ctx.target = replace(ctx.target, deployment=deployment)
    return ctx


def template(ctx: Context, **spec: Any) -> Context:
    made = msgspec.convert({"metadata": {"labels": LABELS}, "spec": spec}, PodTemplate)
    ctx.target = replace(ctx.target, template=made)
    return ctx


def surveyed(ctx: Context, **process: int) -> Context:
    looks = tuple(
        SurveyResult(pod=each, container="worker", answer=SurveyAnswer("node", process=Process(**process)))
        for each in ctx.target.pods
    )
    ctx.run_data.surveys = lambda: looks  # type: ignore[method-assign]
    return ctx


def found(check: Check, ctx: Context) -> list[tuple[str, str]]:
    ctx.names = {"workload": "worker"}
    return [(each.code.partition(".")[2], each.summary) for each in check.run(ctx)]


def codes(check: Check, ctx: Context) -> list[str]:
    return [code for code, _ in found(check, ctx)]


@pytest.mark.parametrize(
    ("value", "of", "up", "pods"),
    [(2, 3, True, 2), ("25%", 3, True, 1), ("25%", 3, False, 0), ("100%", 3, False, 3), ("nonsense", 3, True, 0)],
)
def test_a_share_of_pods_is_rounded_as_kubernetes_does(value: int | str, of: int, up: bool, pods: int) -> None:
    assert count(value, of, up=up) == pods


def test_a_rollout_that_may_do_nothing_may_miss_one() -> None:
    spec = {"replicas": 3, "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}}}
    assert rollout(msgspec.convert(spec, DeploymentSpec)) == (0, 1)
    assert rollout(DeploymentSpec(replicas=4)) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "pods", "left"),
    [({"minAvailable": 2}, 3, 2), ({"minAvailable": "50%"}, 3, 2), ({"maxUnavailable": 1}, 3, 2), ({}, 3, 3)],
)
def test_a_budget_keeps_so_many(rule: dict[str, Any], pods: int, left: int) -> None:
    assert kept(msgspec.convert(budget(**rule), DisruptionBudget), pods) == left


def test_two_autoscalers_are_one_too_many() -> None:
    ((code, summary),) = found(ONE_AUTOSCALER, context(horizontalpodautoscalers=[scaler("a"), scaler("b")]))
    assert code == "autoscalers-conflict"
    assert "a and b" in summary
    assert codes(ONE_AUTOSCALER, context(horizontalpodautoscalers=[scaler("a"), scaler("b", of="other")])) == []


def rescaled(
    age_s: float, message: str = "New size: 3; reason: Current number of replicas below Spec.MinReplicas"
) -> Json:
    at = (NOW - timedelta(seconds=age_s)).isoformat()
    about = {"kind": "HorizontalPodAutoscaler", "name": "scaler"}
    return {
        "metadata": {"name": "e", "namespace": "msp"},
        "involvedObject": about,
        "reason": "SuccessfulRescale",
        "message": message,
        "lastTimestamp": at,
    }


@pytest.mark.parametrize(
    ("event", "set_s", "is_undone"),
    [
        (rescaled(600), 7200, True),
        (rescaled(7000), 7200, False),
        # Its own minimum was raised.
        (rescaled(600), 610, False),
        (rescaled(600), 30, False),
        (rescaled(600, "New size: 5; reason: cpu resource utilization above target"), 7200, False),
    ],
)
def test_a_number_that_the_autoscaler_set_back_is_told_for_an_hour(event: Json, set_s: float, is_undone: bool) -> None:
    ctx = context(horizontalpodautoscalers=[scaler(least=3, set_s=set_s)], events=[event])
    assert codes(AUTOSCALER_SUITS, ctx) == (["count-undone"] if is_undone else [])


def test_a_number_outside_the_limits_is_told_with_who_set_it() -> None:
    ctx = context(replicas=1, horizontalpodautoscalers=[scaler(least=3)])
    by_hand = {"metadata": {"name": "worker", "managedFields": [{"manager": "kubectl", "subresource": "scale"}]}}
    made = msgspec.convert({**by_hand, "spec": {"replicas": 1}}, Deployment)
    ctx.target = replace(ctx.target, deployment=made)
    ((code, summary),) = found(AUTOSCALER_SUITS, ctx)
    assert code == "count-undone"
    assert "1 pods by kubectl" in summary


def test_a_minimum_that_is_the_maximum_is_only_remarked() -> None:
    ctx = context(replicas=1, horizontalpodautoscalers=[scaler(least=1, most=1)])
    assert codes(AUTOSCALER_SUITS, ctx) == []
    assert "scales nothing" in ctx.remark


@pytest.mark.parametrize(
    ("rule", "replicas", "least", "is_blocking"),
    [
        ({"minAvailable": 2}, 3, 3, False),
        ({"minAvailable": 1}, 1, 1, True),
        ({"maxUnavailable": 0}, 3, 3, True),
        # By night there are no more than it keeps.
        ({"minAvailable": 2}, 5, 2, True),
    ],
)
def test_a_budget_that_never_lets_a_pod_go(rule: dict[str, Any], replicas: int, least: int, is_blocking: bool) -> None:
    lists = {"horizontalpodautoscalers": [scaler(least=least)], "poddisruptionbudgets": [budget(**rule)]}
    assert bool(codes(BUDGET_YIELDS, context(replicas=replicas, **lists))) is is_blocking


@pytest.mark.parametrize(
    ("budgets", "said"),
    [
        ([budget(maxUnavailable=1), budget("second", maxUnavailable=1)], ["budgets-overlap"]),
        ([budget(selects={"app": "other"})], ["budget-selects-none"]),
        # Somebody else's.
        ([budget("other", selects={"app": "other"})], []),
        ([budget(maxUnavailable=1), budget("other", selects={"app": "other"})], []),
    ],
)
def test_one_budget_is_for_the_pods(budgets: list[Json], said: list[str]) -> None:
    assert codes(ONE_BUDGET, context(poddisruptionbudgets=budgets)) == said


APART = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": LABELS}}
        ]
    }
}
FOUR = [node(f"n{each}") for each in range(4)]


@pytest.mark.parametrize(
    ("nodes", "most", "missing", "severity"),
    [
        (FOUR, 4, 0, None),
        (FOUR, 10, 0, Severity.WARNING),
        # The pod that a rollout adds has no place.
        (FOUR[:3], 3, 0, Severity.CRITICAL),
        (FOUR[:3], 3, 1, None),
        (FOUR[:2], 3, 1, Severity.CRITICAL),
        ([*FOUR[:3], node("c", cordoned=True), node("t", taint="gpu")], 3, 0, Severity.CRITICAL),
    ],
)
def test_pods_that_must_be_apart_need_a_node_each(
    nodes: list[Json], most: int, missing: int, severity: Severity | None
) -> None:
    ctx = context(nodes=nodes, horizontalpodautoscalers=[scaler(most=most)])
    ctx = template(strategy(ctx, 3, 1, missing), affinity=APART)
    assert [each.severity for each in PLACEMENT_POSSIBLE.run(ctx)] == ([severity] if severity else [])


def test_a_spread_that_is_no_rule_is_left_alone() -> None:
    spread = {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    with pytest.raises(NotApplicableError):
        codes(PLACEMENT_POSSIBLE, template(context(nodes=FOUR), topologySpreadConstraints=[spread]))
    ctx = template(context(nodes=FOUR), topologySpreadConstraints=[{"topologyKey": "zone"}])
    assert codes(PLACEMENT_POSSIBLE, ctx) == ["spread-impossible"]


def test_pods_on_one_node_are_a_choice_only_where_there_are_others() -> None:
    pods = (pod("a"), pod("b"))
    assert codes(PODS_SPREAD, context(*pods, nodes=[node("node-1"), node("node-2")])) == ["pods-on-one-node"]
    assert codes(PODS_SPREAD, context(*pods, nodes=[node("node-1"), node("node-2", cordoned=True)])) == []
    assert codes(PODS_SPREAD, context(pods[0], pod("b", "node-2"), nodes=[node("node-1"), node("node-2")])) == []


def quota(hard: str, used: str, **spec: Any) -> Json:
    return {
        "metadata": {"name": "q"},
        "spec": spec,
        "status": {"hard": {"limits.cpu": hard}, "used": {"limits.cpu": used}},
    }


@pytest.mark.parametrize(
    ("given", "missing", "said"),
    [
        (quota("4", "3500m"), 0, ["quota-no-room"]),
        (quota("4", "3"), 0, []),
        # Where a pod may be missing, the rollout begins with ending one.
        (quota("4", "3500m"), 1, []),
        (quota("4", "3500m", scopes=["BestEffort"]), 0, []),
        (quota("4", "3"), 3, ["rollout-takes-all"]),
    ],
)
def test_a_rollout_needs_room_and_keeps_pods(given: Json, missing: int, said: list[str]) -> None:
    ctx = context(pod("a", limits={"cpu": "1"}), resourcequotas=[given])
    assert codes(ROLLOUT_POSSIBLE, strategy(ctx, 3, 1, missing)) == said


def test_resources_that_are_not_given_are_named() -> None:
    given: dict[str, Any] = {"requests": {"cpu": "50m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    assert codes(RESOURCES_SET, context(pod("a", **given))) == []
    # A limit is a request, too.
    assert codes(RESOURCES_SET, context(pod("a", limits={"cpu": "1", "memory": "1Gi"}))) == []
    ((_, summary),) = found(RESOURCES_SET, context(pod("a", requests={"memory": "1Gi"})))
    assert "worker has no cpu request and no memory limit" in summary


@pytest.mark.parametrize(("used", "said"), [(800, []), (850, ["memory-near-limit"])])
def test_memory_is_judged_by_the_threshold(used: int, said: list[str]) -> None:
    ctx = surveyed(context(pod("a", limits={"memory": "1000"})), memory=used, memory_limit=1000)
    assert codes(MEMORY_FREE, ctx) == said


@pytest.mark.parametrize(("periods", "held", "said"), [(1000, 300, ["cpu-throttled"]), (1000, 200, [])])
def test_cpu_is_judged_by_the_threshold(periods: int, held: int, said: list[str]) -> None:
    ctx = surveyed(context(pod("a", limits={"cpu": "100m"})), cpu_periods=periods, cpu_throttled=held)
    assert codes(CPU_FREE, ctx) == said


def test_a_container_that_has_hardly_worked_is_not_judged() -> None:
    with pytest.raises(NotApplicableError):
        codes(CPU_FREE, surveyed(context(pod("a")), cpu_periods=100, cpu_throttled=99))


def usage(memory: str, cpu: str = "10000000n") -> Json:
    return {"metadata": {"name": "a"}, "containers": [{"name": "worker", "usage": {"memory": memory, "cpu": cpu}}]}


def test_the_metrics_api_tells_of_what_no_look_around_told() -> None:
    numbers: dict[str, Any] = {"pods.metrics.k8s.io": [usage("900000Ki")]}
    near = context(pod("a", limits={"memory": "1Gi"}), **numbers)
    assert codes(USAGE_SUITS, near) == ["usage-near-limit"]
    # Then scaling.memory-free has said it.
    assert codes(USAGE_SUITS, surveyed(near, memory=900, memory_limit=1000)) == []


def test_a_cluster_without_metrics_is_no_fault() -> None:
    def query(query: Any) -> Any:
        raise NotFoundError(f"the server could not find {query.plural}")

    ctx = context(pod("a"))
    ctx.run_data.query = query  # type: ignore[method-assign]
    with pytest.raises(NotApplicableError):
        codes(USAGE_SUITS, ctx)
