"""The errors that ready workers log."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.logs.error_rate import ERROR_RATE
from diagnose.check.api import NotApplicableError
from diagnose.queries.kubernetes import LogLine, LogText
from tests.support.kit import NOW, codes, context, findings, log
from tests.support.objects import pod


@pytest.mark.parametrize(("level", "expected"), [("error", ["logs.error-rate"]), ("info", [])])
def test_many_errors_a_minute_are_found(level: str, expected: list[str]) -> None:
    lines = [LogLine(f"{level}: job failed", NOW - timedelta(seconds=each)) for each in range(120, 0, -1)]
    assert codes(ERROR_RATE, context(pod(ready=True), logs=[log(*lines, ready=True)])) == expected


def test_errors_of_pods_that_are_not_ready_are_left_to_other_checks() -> None:
    with pytest.raises(NotApplicableError):
        findings(ERROR_RATE, context(pod(), logs=[log("error: job failed")]))


def test_the_rate_is_of_the_lines_since_the_last_gap() -> None:
    old = [LogLine("info: started", NOW - timedelta(seconds=500))]
    new = [LogLine("error: job failed", NOW - timedelta(seconds=each)) for each in range(60, 0, -1)]
    found = replace(log(ready=True), text=LogText(tuple(old), tuple(new), cut=10_000))
    [finding] = findings(ERROR_RATE, context(pod(ready=True), logs=[found]))
    assert "logs 60 errors a minute" in finding.summary
