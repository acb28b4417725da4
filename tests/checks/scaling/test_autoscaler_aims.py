"""The target of the namespace's autoscalers."""

import pytest

from checks.scaling.autoscaler_aims import AUTOSCALER_AIMS
from tests.support.kit import codes, context
from tests.support.objects import autoscaler, deployment


@pytest.mark.parametrize(
    ("of", "expected"),
    [("worker", []), ("server", []), ("worker-old", ["scaling.autoscaler-target-missing"])],
    ids=["the worker", "another Deployment", "a Deployment that does not exist"],
)
def test_an_autoscaler_of_nothing_is_found(of: str, expected: list[str]) -> None:
    there = [deployment("worker"), deployment("server")]
    assert codes(AUTOSCALER_AIMS, context(deployments=there, horizontalpodautoscalers=[autoscaler(of=of)])) == expected


def test_an_autoscaler_that_rather_means_another_deployment_is_that_ones() -> None:
    there = [deployment("worker"), deployment("server")]
    ctx = context(deployments=there, horizontalpodautoscalers=[autoscaler(of="serverr")])
    assert codes(AUTOSCALER_AIMS, ctx) == []
