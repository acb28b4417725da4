"""The live Deployment against what Helm made."""

from typing import Any

import msgspec
import pytest

from checks.release.as_deployed import AS_DEPLOYED
from tests.support.helm import record, released
from tests.support.kit import findings


def test_equal_quantities_and_another_order_of_variables_are_no_change() -> None:
    assert findings(AS_DEPLOYED, released(record(1, "deployed"))) == []


@pytest.mark.parametrize(
    ("change", "expected", "fix"),
    [
        ({"image": "registry.example/worker:2"}, "image tag 2, not 1", "worker=registry.example/worker:1"),
        ({"env": [{"name": "A"}, {"name": "C"}]}, "added C; without B", "get manifest"),
        ({"env": [{"name": "A"}, {"name": "B"}, {"name": "C"}]}, "added C", "-c worker C-"),
        ({"resources": {"limits": {"cpu": "2"}}}, "limits.cpu 2, not 1000m", "--limits=cpu=1000m"),
        ({"replicas": 5}, "5 replicas, not 3", "--replicas=3"),
    ],
)
def test_a_manual_change_is_named_with_its_author_and_set_back(change: dict[str, Any], expected: str, fix: str) -> None:
    [finding] = findings(AS_DEPLOYED, released(record(1, "deployed"), **change))
    assert expected in finding.summary
    assert "kubectl-set" in finding.summary
    assert fix in finding.remediation.steps[0].command


def test_an_autoscaler_may_change_the_replicas() -> None:
    assert findings(AS_DEPLOYED, released(record(1, "deployed"), replicas=5, autoscaled=True)) == []


def test_the_revision_that_failed_is_not_what_it_should_be() -> None:
    other = msgspec.structs.replace(record(2, "failed"), objects=())
    assert findings(AS_DEPLOYED, released(record(1, "deployed"), other)) == []
