"""The share of all workflows that fail."""

from datetime import timedelta

import pytest

from checks.temporal.failures_few import FAILURES_FEW
from diagnose.queries.workflow_executions import EndedExecution, ExecutionCount, Executions
from tests.support.kit import NOW, codes
from tests.support.temporal import QUEUE, served

FAILURES = tuple(EndedExecution("job", QUEUE, False, NOW - timedelta(seconds=5 * each), "bug") for each in range(1, 7))


@pytest.mark.parametrize(("failed", "expected"), [(200, ["temporal.failed-share"]), (1, [])])
def test_a_large_share_of_failures_is_found(failed: int, expected: list[str]) -> None:
    counted = (ExecutionCount(10, 1000, failed), ExecutionCount(2, 200, failed // 5))
    executions = Executions(asked=True, failures=FAILURES, counted=counted)
    assert codes(FAILURES_FEW, served(executions=executions)) == expected
