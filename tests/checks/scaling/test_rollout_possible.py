"""What a rollout needs beyond the running pods."""

from typing import Any

import pytest

from checks.scaling.rollout_possible import ROLLOUT_POSSIBLE
from tests.support.kit import Json, codes, context
from tests.support.objects import pod, quota, rolling


def limited(hard: str, used: str, **spec: Any) -> Json:
    return quota(hard={"limits.cpu": hard}, used={"limits.cpu": used}, **spec)


@pytest.mark.parametrize(
    ("given", "missing", "expected"),
    [
        (limited("4", "3500m"), 0, ["scaling.quota-no-room"]),
        (limited("4", "3"), 0, []),
        # Where a pod may be missing, the rollout begins with ending one.
        (limited("4", "3500m"), 1, []),
        (limited("4", "3500m", scopes=["BestEffort"]), 0, []),
        (limited("4", "3"), 3, ["scaling.rollout-takes-all"]),
    ],
)
def test_a_rollout_needs_quota_and_keeps_pods_ready(given: Json, missing: int, expected: list[str]) -> None:
    ctx = context(
        pod("a", {"name": "worker", "resources": {"limits": {"cpu": "1"}}}, ready=True),
        resourcequotas=[given],
        deployment=rolling(1, missing),
    )
    assert codes(ROLLOUT_POSSIBLE, ctx) == expected
