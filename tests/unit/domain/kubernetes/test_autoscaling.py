"""How many pods autoscalers and rollouts leave."""

import msgspec
import pytest

from diagnose.domain.kubernetes.autoscaling import count, rollout
from diagnose.resources import DeploymentSpec


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
