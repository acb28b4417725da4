"""The disruption budget in a drain."""

from typing import Any

import pytest

from checks.scaling.drain_possible import DRAIN_POSSIBLE
from diagnose.check.api import NotApplicableError
from tests.support.kit import Json, context, findings
from tests.support.objects import autoscaler, disruption_budget, node, pod


def budget(allowed: int, healthy: int, needed: int) -> Json:
    status = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": needed, "expectedPods": 3}
    return disruption_budget("budget", status=status, minAvailable=needed)


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
    ctx = context(pod(), nodes=[node(cordoned=True)], poddisruptionbudgets=[disruption_budget])
    assert bool(findings(DRAIN_POSSIBLE, ctx)) is is_fault


def test_without_a_cordoned_node_the_check_is_not_applicable() -> None:
    with pytest.raises(NotApplicableError):
        findings(DRAIN_POSSIBLE, context(pod(), nodes=[node()], poddisruptionbudgets=[budget(0, 3, 3)]))


def test_the_autoscaler_that_would_take_the_further_pod_back_is_told_of_it() -> None:
    kinds: Json = {"nodes": [node(cordoned=True)], "poddisruptionbudgets": [budget(0, 3, 3)]}
    [found] = findings(DRAIN_POSSIBLE, context(pod(), **kinds))
    assert found.remediation.steps[0].command == "kubectl -n msp scale deployment/worker --replicas=4"
    [found] = findings(DRAIN_POSSIBLE, context(pod(), horizontalpodautoscalers=[autoscaler(least=2, most=3)], **kinds))
    assert """'{"spec":{"minReplicas":4,"maxReplicas":4}}'""" in found.remediation.steps[0].command
    assert found.remediation.steps[0].text.endswith("set minReplicas to 2.")
