"""Whether schedules start what they should."""

from datetime import timedelta

import pytest

from checks.temporal.schedules_start import SCHEDULES_START
from diagnose.model.report import Confidence, Severity
from diagnose.queries.temporal import Poller, Queue
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


def test_a_run_in_a_queue_that_nobody_polls_is_not_to_be_ended_first() -> None:
    run = RunningExecution(NAME, "job", "job-1", "unserved", NOW - timedelta(seconds=600))
    executions = scheduled(run, next_s=60)
    (finding,) = findings(SCHEDULES_START, served(executions=executions, waiting=(Queue("unserved"),), profile=WORKER))
    assert (finding.severity, finding.confidence) == (Severity.CRITICAL, Confidence.CERTAIN)
    first, *further = finding.remediation.steps
    assert "Run a worker that polls unserved" in first.text
    assert not first.changes
    assert [each.text.split(",")[0] for each in further if each.changes] == [
        "If the schedule sends to another queue by now"
    ]


def test_a_run_that_may_still_work_is_ended_only_on_a_condition() -> None:
    run = RunningExecution(NAME, "job", "job-1", QUEUE, NOW - timedelta(seconds=9000))
    (finding,) = findings(SCHEDULES_START, served(executions=scheduled(run, next_s=60), profile=WORKER))
    assert not finding.remediation.steps[0].changes
    assert [each.text.split(",")[0] for each in finding.remediation.steps if each.changes] == [
        "If the run is not needed"
    ]


def test_a_queue_that_another_worker_may_poll_is_only_likely_unpolled() -> None:
    run = RunningExecution(NAME, "job", "job-1", "of-others", NOW - timedelta(seconds=600))
    (finding,) = findings(SCHEDULES_START, served(executions=scheduled(run, next_s=60), profile=WORKER))
    assert finding.confidence is Confidence.LIKELY


def test_a_queue_that_another_worker_polls_is_not_called_unpolled() -> None:
    run = RunningExecution(NAME, "job", "job-1", "of-others", NOW - timedelta(seconds=9000))
    theirs = Queue("of-others", (Poller("1@other-1", NOW),), backlog=1)
    ctx = served(executions=scheduled(run, next_s=60), waiting=(theirs,), profile=WORKER)
    (finding,) = findings(SCHEDULES_START, ctx)
    assert finding.severity is Severity.WARNING
    assert "no worker polls" not in finding.summary


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
