"""What became of workflows: what share fails, which types fail now, and why executions stand still."""

from datetime import datetime, timedelta

import pytest

from diagnose.domain.temporal.workflows import Standstill, excessive_failures, failing, standstill
from diagnose.queries.workflow_executions import EndedExecution, ExecutionCount, Executions, StuckExecution
from tests.support.kit import NOW, context


def before(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def ran(good: str, *, of: str = "s", reason: str = "") -> tuple[EndedExecution, ...]:
    """Executions from the latest to the earliest: "+" completed, "-" did not."""
    return tuple(
        EndedExecution("w", "q", sign == "+", before(5 * number + 1), "" if sign == "+" else reason, schedule=of)
        for number, sign in enumerate(good)
    )


def executions(long: tuple[int, int], short: tuple[int, int], *failures: EndedExecution) -> Executions:
    counted = (ExecutionCount(10, long[1], long[0]), ExecutionCount(2, short[1], short[0]))
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
    found = excessive_failures(executions(long, short, *ran("------", reason="code")), ["q"], NOW, 0.05)
    assert (found is not None) is tells


def test_the_threshold_is_the_users() -> None:
    many = executions((60, 1000), (12, 200), *ran("------", reason="code"))
    assert excessive_failures(many, ["q"], NOW, 0.05)
    assert excessive_failures(many, ["q"], NOW, 0.1) is None


def test_failures_of_a_dependency_do_not_add_up() -> None:
    pool = "Knex: Timeout acquiring a connection"
    assert excessive_failures(executions((60, 1000), (12, 200), *ran("------", reason=pool)), ["q"], NOW, 0.05) is None


def test_a_server_that_does_not_count_has_listed_them() -> None:
    found = Executions(asked=True, ended=ran("-+-+-+-+-+", reason="code"))
    share = excessive_failures(found, ["q"], NOW, 0.05)
    assert share is not None
    assert (share.failed, share.total) == (5, 10)
    assert excessive_failures(found, ["others"], NOW, 0.05) is None


NO_HANDLER = "No handler registered for job type: invoice-email-v2"
POOL = "Knex: Timeout acquiring a connection. The pool is probably full."


def ended(good: str, *, every_s: float = 5, reason: str = NO_HANDLER, queue: str = "q") -> list[EndedExecution]:
    """Executions from the latest to the earliest: "+" completed, "-" did not."""
    return [
        EndedExecution(
            "job", queue, sign == "+", NOW - timedelta(seconds=1 + every_s * number), "" if sign == "+" else reason
        )
        for number, sign in enumerate(good)
    ]


def reported(executions: list[EndedExecution]) -> list[tuple[int, int]]:
    return [(each.failed, each.total) for each in failing(executions, ["q"], NOW, 0.05, context().target)]


@pytest.mark.parametrize(
    ("good", "expected"),
    [
        ("------------", [(12, 12)]),
        ("-+-+-+-+-+", [(5, 10)]),
        ("----", []),
        # A few among many are daily business.
        ("++++-+++++++-+++++++", []),
        # What is over is over.
        ("++++++++++------", []),
        ("", []),
    ],
)
def test_a_type_fails_where_many_of_the_latest_do(good: str, expected: list[tuple[int, int]]) -> None:
    assert reported(ended(good)) == expected


def test_what_failed_a_while_ago_is_nothing_now() -> None:
    assert reported(ended("------", every_s=400)[1:]) == []


def test_a_rare_workflow_that_has_not_succeeded_for_minutes_fails() -> None:
    assert reported(ended("---", every_s=150)) == [(3, 3)]


def test_a_dependencys_trouble_counts_only_where_it_lasts() -> None:
    assert reported(ended("------------", reason=POOL)) == []
    assert reported(ended("------------", reason=POOL, every_s=60)) == [(12, 12)]


def test_queues_of_others_are_not_ours() -> None:
    assert reported(ended("------------", queue="workflow-runtime-v2")) == []


@pytest.mark.parametrize(
    ("activity", "attempt", "cause", "reason", "why"),
    [
        (
            "",
            3,
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "Failed to initialize workflow of type 'x': no such function is exported by the workflow bundle",
            Standstill.NOT_REGISTERED,
        ),
        (
            "",
            6,
            "NON_DETERMINISTIC_ERROR",
            "[TMPRL1100] Nondeterminism error: Complete workflow machine does not handle this event: "
            "HistoryEvent(id: 5, TimerStarted)",
            Standstill.NONDETERMINISTIC,
        ),
        (
            "",
            5,
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "Script execution timed out after 5000ms",
            Standstill.BLOCKS,
        ),
        ("", 4, "WORKFLOW_WORKER_UNHANDLED_FAILURE", "x is not a function", Standstill.TASK_FAILS),
        (
            "send",
            3,
            "",
            "Activity function send is not registered on this Worker, available activities: []",
            Standstill.ACTIVITY_NOT_REGISTERED,
        ),
        ("send", 7, "", "Resend answers 401", Standstill.ACTIVITY_FAILS),
        ("send", 3, "", "Resend answers 401", None),
        ("send", 7, "", POOL, None),
    ],
)
def test_the_last_failure_says_why_an_execution_stands_still(
    activity: str, attempt: int, cause: str, reason: str, why: Standstill | None
) -> None:
    assert standstill(StuckExecution("w", "w-1", "q", activity, attempt, cause, reason)) is why


@pytest.mark.parametrize(
    ("reason", "fails"),
    [
        ("NoSuchBucket: The specified bucket does not exist", True),
        ("function uuid_generate_v4() does not exist", True),
        ("open /data/in: permission denied", True),
        ('select 1 - relation "jobs" does not exist', False),
        ('column "tier" of relation "jobs" does not exist', False),
        ("permission denied for table jobs", False),
    ],
)
def test_what_no_check_of_a_dependency_reports_is_a_failure_at_once(reason: str, fails: bool) -> None:
    assert bool(failing(ran("------", reason=reason), ["q"], NOW, 0.5, context().target)) is fails
