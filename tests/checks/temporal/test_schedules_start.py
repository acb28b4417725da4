"""Whether schedules start what they should."""

from datetime import timedelta

import pytest

from checks.temporal.schedules_start import SCHEDULES_START
from diagnose.queries.workflow_executions import Executions, RunningExecution, Schedule
from tests.support.kit import NOW, WORKER, codes
from tests.support.temporal import QUEUE, served

NAME = f"{WORKER.schedules[0]}-1"


def scheduled(*running: RunningExecution, next_s: float) -> Executions:
    """Returns a schedule of every three minutes that will start next in so many seconds, and has not for long."""
    last_at, next_at = NOW - timedelta(seconds=600), NOW + timedelta(seconds=next_s)
    schedule = Schedule(id=NAME, workflow="job", every_s=180, gap_s=180, last_at=last_at, next_at=next_at)
    return Executions(asked=True, schedules=(schedule,), complete=True, running=running)


@pytest.mark.parametrize(("next_s", "expected"), [(-300, ["temporal.schedule-overdue"]), (60, [])])
def test_a_start_that_is_overdue_is_found(next_s: float, expected: list[str]) -> None:
    assert codes(SCHEDULES_START, served(executions=scheduled(next_s=next_s), profile=WORKER)) == expected


def test_a_run_that_does_not_end_blocks_its_schedule() -> None:
    run = RunningExecution(NAME, "job", "job-1", QUEUE, NOW - timedelta(seconds=600))
    ctx = served(executions=scheduled(run, next_s=60), profile=WORKER)
    assert codes(SCHEDULES_START, ctx) == ["temporal.schedule-blocked"]
