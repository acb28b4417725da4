"""Known errors in the workers' logs."""

from datetime import timedelta

import pytest

from checks.logs.known_errors import KNOWN_ERRORS
from diagnose.check.api import NotApplicableError
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import NOW, codes, context, findings, log
from tests.support.objects import pod

UNCAUGHT = 'error: Uncaught exception {"error":"x is undefined","stack":"Error: x is undefined"}'


@pytest.mark.parametrize(("line", "expected"), [(UNCAUGHT, ["process.uncaught"]), ("info: all is well", [])])
def test_an_error_that_a_signature_knows_is_found(line: str, expected: list[str]) -> None:
    assert codes(KNOWN_ERRORS, context(pod(), logs=[log(line)])) == expected


def test_an_old_error_of_a_ready_pod_is_history() -> None:
    old = LogLine(UNCAUGHT, NOW - timedelta(hours=5))
    assert codes(KNOWN_ERRORS, context(pod(ready=True), logs=[log(old, ready=True)])) == []


def test_without_a_log_nothing_is_known() -> None:
    with pytest.raises(NotApplicableError):
        findings(KNOWN_ERRORS, context(pod()))
