"""Workers that the process reports as failed."""

import pytest

from checks.temporal.workers_running import WORKERS_RUNNING
from diagnose.check.api import NotApplicableError
from tests.support.kit import codes, context, findings, log
from tests.support.objects import pod

FAILED = "2026-11-24T18:00:00.000Z [ERROR] Worker failed {  taskQueue: 'jobs',  error: Error: Poll failed }"


@pytest.mark.parametrize(("line", "expected"), [(FAILED, ["temporal.worker-failed"]), ("worker started", [])])
def test_a_worker_that_failed_for_good_is_found(line: str, expected: list[str]) -> None:
    ctx = context(pod(ready=True), logs=[log(line, ready=True)])
    assert codes(WORKERS_RUNNING, ctx) == expected


def test_without_a_log_of_a_worker_nothing_is_known() -> None:
    with pytest.raises(NotApplicableError):
        findings(WORKERS_RUNNING, context(pod()))
