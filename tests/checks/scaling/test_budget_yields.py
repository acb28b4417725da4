"""A disruption budget that lets a pod go."""

from typing import Any

import pytest

from checks.scaling.budget_yields import BUDGET_YIELDS
from tests.support.kit import codes, context
from tests.support.objects import autoscaler, disruption_budget


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
    ctx = context(
        replicas=replicas,
        horizontalpodautoscalers=[autoscaler(least=least)],
        poddisruptionbudgets=[disruption_budget(**rule)],
    )
    assert bool(codes(BUDGET_YIELDS, ctx)) is is_blocking
