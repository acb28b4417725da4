"""How many pods a disruption budget requires."""

from typing import Any

import msgspec
import pytest

from diagnose.domain.kubernetes.budgets import required_pods
from diagnose.resources import DisruptionBudget
from tests.support.objects import disruption_budget


@pytest.mark.parametrize(
    ("rule", "pods", "left"),
    [({"minAvailable": 2}, 3, 2), ({"minAvailable": "50%"}, 3, 2), ({"maxUnavailable": 1}, 3, 2), ({}, 3, 3)],
)
def test_a_budget_keeps_so_many(rule: dict[str, Any], pods: int, left: int) -> None:
    assert required_pods(msgspec.convert(disruption_budget(**rule), DisruptionBudget), pods) == left
