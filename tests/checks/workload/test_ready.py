"""Pods that run and are not ready."""

import pytest

from checks.workload.ready import READY
from tests.support.kit import context, findings
from tests.support.objects import condition, pod


@pytest.mark.parametrize(("seconds", "expected"), [(10, []), (90, ["workload.readiness-gate"])])
def test_a_readiness_gate_is_given_a_minute(seconds: int, expected: list[str]) -> None:
    message = 'corresponding condition of pod readiness gate "lab/registered" does not exist.'
    gated = pod(age_s=100)
    gated["status"]["conditions"] = [
        condition("Ready", False, "ReadinessGatesNotReady", message),
        condition("ContainersReady", age_s=seconds),
    ]
    found = findings(READY, context(gated, replicas=1))
    assert [each.code for each in found] == expected
    assert all("lab/registered" in each.summary for each in found)
