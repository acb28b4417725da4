"""Schedules whose runs fail one after the other."""

import pytest

from checks.temporal.schedules_succeed import SCHEDULES_SUCCEED
from diagnose.queries.workflow_executions import Executions, Schedule
from tests.support.kit import WORKER, codes
from tests.support.temporal import served


@pytest.mark.parametrize(
    ("results", "expected"),
    [(("FAILED",) * 4, ["temporal.schedule-failing"]), (("FAILED", "FAILED", "FAILED", "COMPLETED"), [])],
)
def test_a_schedule_whose_latest_runs_all_failed_is_found(results: tuple[str, ...], expected: list[str]) -> None:
    schedule = Schedule(id=f"{WORKER.schedules[0]}-1", workflow="job", every_s=60, results=results, reason="no handler")
    executions = Executions(asked=True, schedules=(schedule,), complete=True)
    assert codes(SCHEDULES_SUCCEED, served(executions=executions, profile=WORKER)) == expected
