"""Whether schedules start what they should, and what became of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from diagnose.domain.temporal.schedules import blocked_by, failed_in_a_row, is_failing, is_overdue
from diagnose.queries.workflow_executions import EndedExecution, RunningExecution, Schedule
from tests.support.kit import NOW


def before(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def schedule(**fields: Any) -> Schedule:
    return Schedule(**{"id": "s", "workflow": "w", "every_s": 180.0, "gap_s": 180.0, "next_at": before(-60), **fields})


def ran(good: str, *, of: str = "s", reason: str = "") -> tuple[EndedExecution, ...]:
    """Executions from the latest to the earliest: "+" completed, "-" did not."""
    return tuple(
        EndedExecution("w", "q", sign == "+", before(5 * number + 1), "" if sign == "+" else reason, schedule=of)
        for number, sign in enumerate(good)
    )


def test_a_start_that_has_passed_for_a_while_is_overdue() -> None:
    assert is_overdue(schedule(next_at=before(150)), NOW)
    assert not is_overdue(schedule(next_at=before(60)), NOW)
    assert not is_overdue(schedule(next_at=before(150), paused=True), NOW)
    assert not is_overdue(schedule(next_at=None), NOW)


@pytest.mark.parametrize(
    ("queue", "since_s", "last_s", "blocks"),
    [
        ("q", 600, 600, True),
        # Three starts left out, and at least five minutes: work may take long.
        ("q", 500, 500, False),
        ("nobody-polls", 600, 600, True),
        ("nobody-polls", 400, 400, False),
        # It does start others beside it.
        ("q", 4000, 100, False),
    ],
)
def test_a_run_that_does_not_end_blocks_its_schedule(queue: str, since_s: float, last_s: float, blocks: bool) -> None:
    run = RunningExecution("s", "w", "w-1", queue, before(since_s))
    found = blocked_by(schedule(last_at=before(last_s)), [run], NOW, ["q"])
    assert (found is run) is blocks


def test_a_run_of_another_schedule_blocks_nothing() -> None:
    assert blocked_by(schedule(), [RunningExecution("t", "w", "w-1", "q", before(9999))], NOW, ["q"]) is None


@pytest.mark.parametrize(
    ("results", "lately", "times"),
    [
        (("COMPLETED", "FAILED", "TIMED_OUT", "RUNNING"), "", 2),
        (("FAILED", "FAILED", "FAILED", "COMPLETED", "RUNNING"), "", 0),
        # The server still says RUNNING of what has ended since.
        (("FAILED", "FAILED", "FAILED", "RUNNING"), "+", 0),
        (("RUNNING",), "--+", 2),
        (("", ""), "", 0),
    ],
)
def test_runs_that_failed_are_counted_back_to_one_that_did_not(
    results: tuple[str, ...], lately: str, times: int
) -> None:
    assert failed_in_a_row(schedule(results=results), ran(lately)) == times


def test_a_dependencys_trouble_is_not_the_schedules() -> None:
    failed = ("FAILED",) * 3
    assert is_failing(schedule(results=failed, reason="no handler"), ())
    assert not is_failing(schedule(results=failed, reason="connect ECONNREFUSED 10.0.0.1:6432"), ())
    assert not is_failing(schedule(results=failed, reason="no handler"), ran("---", reason="SASL failed"))
