"""The autoscaler's limits and the numbers that somebody sets."""

import msgspec
import pytest

from checks.scaling.autoscaler_suits import AUTOSCALER_SUITS
from diagnose.resources import Deployment
from tests.support.kit import Json, about, ago, codes, context, findings
from tests.support.objects import autoscaler, event


def scaler(least: int, most: int = 10, set_s: float = 7200) -> Json:
    """Returns an autoscaler whose limits were set so many seconds ago."""
    return autoscaler(least=least, most=most, managed=[{"manager": "helm", "time": ago(seconds=set_s)}])


def rescaled(
    age_s: float, message: str = "New size: 3; reason: Current number of replicas below Spec.MinReplicas"
) -> Json:
    return event("SuccessfulRescale", message, kind="HorizontalPodAutoscaler", name="scaler", age_s=age_s)


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
def test_a_replica_count_that_the_autoscaler_reset_is_reported_for_an_hour(
    event: Json, set_s: float, is_undone: bool
) -> None:
    ctx = context(horizontalpodautoscalers=[scaler(least=3, set_s=set_s)], events=[event])
    assert codes(AUTOSCALER_SUITS, ctx) == (["scaling.count-undone"] if is_undone else [])


def test_a_replica_count_outside_the_limits_is_reported_with_who_set_it() -> None:
    by_hand = {"metadata": {"name": "worker", "managedFields": [{"manager": "kubectl", "subresource": "scale"}]}}
    made = msgspec.convert({**by_hand, "spec": {"replicas": 1}}, Deployment)
    ctx = about(context(replicas=1, horizontalpodautoscalers=[scaler(least=3)]), deployment=made)
    (finding,) = findings(AUTOSCALER_SUITS, ctx)
    assert finding.code == "scaling.count-undone"
    assert "1 pods by kubectl" in finding.summary


@pytest.mark.parametrize(("replicas", "limit"), [(1, '{"minReplicas":1}'), (12, '{"maxReplicas":12}')])
def test_the_fix_changes_the_limit_that_the_number_is_outside_of(replicas: int, limit: str) -> None:
    made = msgspec.convert({"metadata": {"name": "worker"}, "spec": {"replicas": replicas}}, Deployment)
    ctx = about(context(replicas=replicas, horizontalpodautoscalers=[scaler(least=3)]), deployment=made)
    (finding,) = findings(AUTOSCALER_SUITS, ctx)
    assert limit in str(finding.remediation.steps[0].command)


def test_a_number_that_no_event_names_is_a_persons_to_set() -> None:
    (finding,) = findings(AUTOSCALER_SUITS, context(horizontalpodautoscalers=[scaler(least=3)], events=[rescaled(600)]))
    assert "minReplicas" in finding.remediation.steps[0].text
    assert not any(each.changes for each in finding.remediation.steps)


def test_a_minimum_that_is_the_maximum_is_only_remarked() -> None:
    ctx = context(replicas=1, horizontalpodautoscalers=[scaler(least=1, most=1)])
    assert codes(AUTOSCALER_SUITS, ctx) == []
    assert "scales nothing" in ctx.remark
