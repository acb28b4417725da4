"""Restarts of pods that are ready."""

import pytest

from checks.workload.stable import LOGS, STABLE
from diagnose.check.api import NotApplicableError
from diagnose.queries.kubernetes import LogText, ReadLog
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
    status = running(restartCount=restarts, lastState=terminated(code, reason, ended_s=ended_s, took_s=900))
    assert codes(STABLE, context(pod(ready=True, status={"containerStatuses": [status]}))) == expected


@pytest.mark.parametrize(("took_s", "since_s", "expected"), [(20, 45, []), (900, 45, ["workload.restarted-lately"])])
def test_a_start_that_succeeded_after_some_that_failed_is_over(
    took_s: float, since_s: float, expected: list[str]
) -> None:
    last = terminated(1, ended_s=since_s + 5, took_s=took_s)
    status = running(since_s=since_s, restartCount=6, lastState=last)
    assert codes(STABLE, context(pod(ready=True, status={"containerStatuses": [status]}))) == expected


def test_pods_that_are_not_ready_are_left_to_other_checks() -> None:
    with pytest.raises(NotApplicableError):
        findings(STABLE, context(pod()))


def test_of_many_pods_that_restarted_the_logs_of_a_few_are_read() -> None:
    status = running(restartCount=9, lastState=terminated(1, ended_s=60, took_s=900))
    pods = (pod(f"worker-{number}", ready=True, status={"containerStatuses": [status]}) for number in range(20))
    ctx = context(*pods, answers={ReadLog: LogText()})
    assert len(codes(STABLE, ctx)) == 20
    assert sum(isinstance(each, ReadLog) for each in ctx.run_data.queries) == LOGS  # type: ignore[attr-defined]
