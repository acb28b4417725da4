"""Whether schedules start what they should."""

from datetime import timedelta

import pytest

from checks.temporal.schedules_start import SCHEDULES_START
from diagnose.model.report import Severity
from diagnose.queries.workflow_executions import Executions, RunningExecution, Schedule
from tests.support.kit import NOW, WORKER, codes, findings
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


@pytest.mark.parametrize(
    ("name", "queue", "severity"), [(NAME, "", Severity.CRITICAL), ("month-end", QUEUE, Severity.WARNING)]
)
def test_a_schedule_without_a_further_start_is_named_with_what_is_used_up(
    name: str, queue: str, severity: Severity
) -> None:
    schedule = Schedule(id=name, workflow="job", end="it has used all actions that it was limited to", queue=queue)
    executions = Executions(asked=True, schedules=(schedule,), complete=True)
    (finding,) = findings(SCHEDULES_START, served(executions=executions, profile=WORKER))
    assert (finding.code, finding.severity) == ("temporal.schedule-exhausted", severity)
    assert "used all actions" in finding.summary


def test_a_schedule_of_another_workers_queue_is_not_judged() -> None:
    own, theirs = Schedule(id=NAME), Schedule(id="theirs", end="its calendar matches no time", queue="of-others")
    executions = Executions(asked=True, schedules=(own, theirs), complete=True)
    assert not codes(SCHEDULES_START, served(executions=executions, profile=WORKER))
