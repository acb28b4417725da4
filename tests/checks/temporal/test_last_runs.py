"""The last run of each schedule."""

import pytest

from checks.temporal.last_runs import LAST_RUNS
from diagnose.queries.workflow_executions import Executions, Schedule
from tests.support.kit import WORKER, codes
from tests.support.temporal import served


@pytest.mark.parametrize(("result", "expected"), [("FAILED", ["temporal.last-run-failed"]), ("COMPLETED", [])])
def test_a_last_run_that_failed_is_found(result: str, expected: list[str]) -> None:
    schedule = Schedule(id=f"{WORKER.schedules[0]}-1", workflow="job", every_s=86400, results=("COMPLETED", result))
    executions = Executions(asked=True, schedules=(schedule,), complete=True)
    assert codes(LAST_RUNS, served(executions=executions, profile=WORKER)) == expected
