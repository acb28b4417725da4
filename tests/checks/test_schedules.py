"""Whether schedules start what they should, what became of it, and what share of all workflows fails."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from diagnose.domain.temporal.schedules import blocked_by, failed_in_a_row, is_failing, is_overdue
from diagnose.domain.temporal.task_queues import Crew, builds
from diagnose.domain.temporal.workflows import too_many
from diagnose.queries.temporal import Poller, Queue
from diagnose.queries.workflow_executions import Counted, Ended, Executions, Running, Schedule

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
CREW = Crew(living=frozenset({"worker-1", "worker-2"}), own_prefixes=("worker-",))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def schedule(**told: Any) -> Schedule:
    return Schedule(**{"id": "s", "workflow": "w", "every_s": 180.0, "gap_s": 180.0, "next_at": ago(-60), **told})


def ended(good: str, *, of: str = "s", reason: str = "") -> tuple[Ended, ...]:
    """Executions from the latest to the earliest: "+" completed, "-" did not."""
    return tuple(
        Ended("w", "q", sign == "+", ago(5 * number + 1), "" if sign == "+" else reason, schedule=of)
        for number, sign in enumerate(good)
    )


def test_a_start_that_has_passed_for_a_while_is_overdue() -> None:
    assert is_overdue(schedule(next_at=ago(150)), NOW)
    assert not is_overdue(schedule(next_at=ago(60)), NOW)
    assert not is_overdue(schedule(next_at=ago(150), paused=True), NOW)
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
    run = Running("s", "w", "w-1", queue, ago(since_s))
    found = blocked_by(schedule(last_at=ago(last_s)), [run], NOW, ["q"])
    assert (found is run) is blocks


def test_a_run_of_another_schedule_blocks_nothing() -> None:
    assert blocked_by(schedule(), [Running("t", "w", "w-1", "q", ago(9999))], NOW, ["q"]) is None


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
    assert failed_in_a_row(schedule(results=results), ended(lately)) == times


def test_a_dependencys_trouble_is_not_the_schedules() -> None:
    failed = ("FAILED",) * 3
    assert is_failing(schedule(results=failed, reason="no handler"), ())
    assert not is_failing(schedule(results=failed, reason="connect ECONNREFUSED 10.0.0.1:6432"), ())
    assert not is_failing(schedule(results=failed, reason="no handler"), ended("---", reason="SASL failed"))


def executions(long: tuple[int, int], short: tuple[int, int], *failures: Ended) -> Executions:
    counted = (Counted(10, long[1], long[0]), Counted(2, short[1], short[0]))
    return Executions(asked=True, failures=failures, counted=counted)


@pytest.mark.parametrize(
    ("long", "short", "tells"),
    [
        ((60, 1000), (12, 200), True),
        ((49, 1000), (12, 200), False),
        # What is over is over.
        ((60, 1000), (0, 200), False),
        ((60, 1000), (2, 200), False),
        # Of a few it is no share.
        ((4, 20), (4, 4), False),
    ],
)
def test_a_share_of_all_is_too_many_where_it_is_so_still(
    long: tuple[int, int], short: tuple[int, int], tells: bool
) -> None:
    found = too_many(executions(long, short, *ended("------", reason="code")), ["q"], NOW, 0.05)
    assert (found is not None) is tells


def test_the_threshold_is_the_users() -> None:
    many = executions((60, 1000), (12, 200), *ended("------", reason="code"))
    assert too_many(many, ["q"], NOW, 0.05)
    assert too_many(many, ["q"], NOW, 0.1) is None


def test_failures_of_a_dependency_do_not_add_up() -> None:
    pool = "Knex: Timeout acquiring a connection"
    assert too_many(executions((60, 1000), (12, 200), *ended("------", reason=pool)), ["q"], NOW, 0.05) is None


def test_a_server_that_does_not_count_has_listed_them() -> None:
    found = Executions(asked=True, ended=ended("-+-+-+-+-+", reason="code"))
    share = too_many(found, ["q"], NOW, 0.05)
    assert share is not None
    assert (share.failed, share.total) == (5, 10)
    assert too_many(found, ["others"], NOW, 0.05) is None


def test_builds_are_those_of_who_polls_now_without_a_version() -> None:
    queue = Queue(
        "q",
        (
            Poller("1@worker-1", NOW, "", "a"),
            Poller("1@worker-2", NOW, "", "a"),
            Poller("1@worker-gone", NOW, "", "b"),
            Poller("1@other-1", NOW, "", "c"),
            Poller("1@other-2", ago(100), "", "d"),
            Poller("1@other-3", NOW, "deployment.e", "e"),
        ),
    )
    assert builds([queue], queue, CREW) == {"a": ("worker-1", "worker-2"), "c": ("other-1",)}
