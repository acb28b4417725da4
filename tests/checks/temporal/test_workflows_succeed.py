"""Types of workflow that fail."""

from datetime import timedelta

import pytest

from checks.temporal.workflows_succeed import WORKFLOWS_SUCCEED
from diagnose.queries.workflow_executions import EndedExecution, Executions
from tests.support.kit import NOW, codes
from tests.support.temporal import QUEUE, served


@pytest.mark.parametrize(("completed", "expected"), [(False, ["temporal.workflows-failing"]), (True, [])])
def test_a_type_of_which_the_latest_executions_fail_is_found(completed: bool, expected: list[str]) -> None:
    ended = tuple(
        EndedExecution("job", QUEUE, completed, NOW - timedelta(seconds=5 * each), "" if completed else "no handler")
        for each in range(1, 13)
    )
    assert codes(WORKFLOWS_SUCCEED, served(executions=Executions(asked=True, ended=ended))) == expected
