"""Requests and limits."""

from typing import Any

from checks.scaling.resources_set import RESOURCES_SET
from tests.support.kit import codes, context, findings
from tests.support.objects import pod


def test_resources_that_are_not_given_are_named() -> None:
    given: dict[str, Any] = {"requests": {"cpu": "50m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    assert codes(RESOURCES_SET, context(pod("a", {"name": "worker", "resources": {**given}}, ready=True))) == []
    # A limit is a request, too.
    assert (
        codes(
            RESOURCES_SET,
            context(pod("a", {"name": "worker", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}, ready=True)),
        )
        == []
    )
    (finding,) = findings(
        RESOURCES_SET, context(pod("a", {"name": "worker", "resources": {"requests": {"memory": "1Gi"}}}, ready=True))
    )
    assert "worker has no cpu request and no memory limit" in finding.summary
