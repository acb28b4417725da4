"""Restarts of pods that are ready."""

import pytest

from checks.workload.stable import STABLE
from diagnose.check.api import NotApplicableError
from tests.support.kit import codes, context, findings
from tests.support.objects import pod, running, terminated


@pytest.mark.parametrize(
    ("restarts", "reason", "ended_s", "expected"),
    [
        (9, "Error", 60, ["workload.restarted-lately"]),
        (1, "OOMKilled", 60, ["workload.restarted-lately"]),
        (1, "Error", 60, []),
        (9, "Error", 86400, []),
    ],
)
def test_several_restarts_or_one_for_memory_are_found(
    restarts: int, reason: str, ended_s: float, expected: list[str]
) -> None:
    code = 137 if reason == "OOMKilled" else 1
    status = running(restartCount=restarts, lastState=terminated(code, reason, ended_s=ended_s))
    assert codes(STABLE, context(pod(ready=True, status={"containerStatuses": [status]}))) == expected


def test_pods_that_are_not_ready_are_left_to_other_checks() -> None:
    with pytest.raises(NotApplicableError):
        findings(STABLE, context(pod()))
