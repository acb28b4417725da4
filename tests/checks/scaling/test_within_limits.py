"""The maximum of the autoscaler."""

import pytest

from checks.scaling.within_limits import WITHIN_LIMITS
from diagnose.check.api import NotApplicableError
from diagnose.model.report import Severity
from tests.support.kit import Json, context, findings
from tests.support.objects import autoscaler, condition, pod


def limited(status: str = "True", reason: str = "TooManyReplicas", *, age_s: float = 300, least: int = 2) -> Json:
    """Returns an autoscaler of at most three pods with the condition ScalingLimited."""
    return autoscaler("scaler", condition("ScalingLimited", status, reason, age_s=age_s), least=least, most=3, used=95)


@pytest.mark.parametrize(
    ("scaler", "is_fault"),
    [
        (limited(), True),
        (limited(age_s=10), False),
        (limited(least=3), False),
        (limited(reason="TooFewReplicas"), False),
        (limited("False", "DesiredWithinRange"), False),
    ],
)
def test_more_desired_pods_than_the_maximum_is_a_fault_when_it_persists(scaler: Json, is_fault: bool) -> None:
    found = findings(WITHIN_LIMITS, context(pod(), horizontalpodautoscalers=[scaler]))
    assert bool(found) is is_fault
    if is_fault:
        assert "at its maximum of 3 pods and needs more while 95 % of the requested cpu" in found[0].summary


def test_without_desired_pods_the_check_is_not_applicable() -> None:
    with pytest.raises(NotApplicableError):
        findings(WITHIN_LIMITS, context(pod(), replicas=0, horizontalpodautoscalers=[autoscaler()]))


def disabled(status: str = "True", *, used: int = 95, policy: str = "Disabled") -> Json:
    scaler = autoscaler("scaler", condition("ScalingLimited", status, "ScaleUpLimit", age_s=20), used=used)
    scaler["spec"]["behavior"] = {"scaleUp": {"selectPolicy": policy}}
    return scaler


def test_an_autoscaler_that_may_not_add_the_pods_that_it_wants_is_a_warning() -> None:
    (found,) = findings(WITHIN_LIMITS, context(pod(), horizontalpodautoscalers=[disabled()]))
    assert (found.code, found.severity) == ("scaling.scale-up-disabled", Severity.WARNING)
    assert "95 % of the requested cpu" in found.summary
    assert '{"spec":{"behavior":{"scaleUp":{"selectPolicy":"Max"}}}}' in found.remediation.steps[0].command


@pytest.mark.parametrize(
    "scaler", [disabled("False"), disabled(used=40), disabled(policy="Max")], ids=["wants none", "idle", "may"]
)
def test_an_autoscaler_that_wants_no_more_pods_or_may_add_them_is_silent(scaler: Json) -> None:
    assert findings(WITHIN_LIMITS, context(pod(), horizontalpodautoscalers=[scaler])) == []
