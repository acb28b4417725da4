"""A disruption budget that lets a pod go."""

from typing import Any

import pytest

from checks.scaling.budget_yields import BUDGET_YIELDS
from diagnose.check.api import Occasion
from diagnose.model.report import Status
from tests.support.kit import GENERIC, codes, context, outcome
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
        occasion=Occasion.AUDIT,
        horizontalpodautoscalers=[autoscaler(least=least)],
        poddisruptionbudgets=[disruption_budget(**rule)],
    )
    assert bool(codes(BUDGET_YIELDS, ctx)) is is_blocking


def test_in_an_incident_it_is_reported_of_workloads_other_than_a_temporal_worker() -> None:
    blocking = [disruption_budget(minAvailable=1)]
    worker = context(replicas=1, poddisruptionbudgets=blocking)
    other = context(replicas=1, poddisruptionbudgets=blocking, profile=GENERIC)
    assert (outcome(BUDGET_YIELDS, worker).status, outcome(BUDGET_YIELDS, other).status) == (Status.SKIP, Status.WARN)
