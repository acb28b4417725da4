"""How many pods autoscalers, budgets and rollouts leave."""

from typing import Any

import msgspec
import pytest

from diagnose.domain.kubernetes.autoscaling import count, required_pods, rollout
from diagnose.resources import DeploymentSpec, DisruptionBudget
from tests.support.objects import disruption_budget


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
    assert required_pods(msgspec.convert(disruption_budget(**rule), DisruptionBudget), pods) == left
