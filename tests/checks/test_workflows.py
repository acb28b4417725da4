"""What became of workflows: which types fail now, why executions stand still, and what an address is."""

from datetime import UTC, datetime, timedelta

import pytest

from checks.temporal.address_formed import meant
from diagnose.domain.temporal.task_queues import polled_version
from diagnose.domain.temporal.workflows import Standstill, failing, standstill
from diagnose.queries.temporal import Poller, Queue
from diagnose.queries.workflow_executions import Ended, Stuck

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
NO_HANDLER = "No handler registered for job type: invoice-email-v2"
POOL = "Knex: Timeout acquiring a connection. The pool is probably full."


def ended(good: str, *, every_s: float = 5, reason: str = NO_HANDLER, queue: str = "q") -> list[Ended]:
    """Executions from the latest to the earliest: "+" completed, "-" did not."""
    return [
        Ended("job", queue, sign == "+", NOW - timedelta(seconds=1 + every_s * number), "" if sign == "+" else reason)
        for number, sign in enumerate(good)
    ]


def told(executions: list[Ended]) -> list[tuple[int, int]]:
    return [(each.failed, each.total) for each in failing(executions, ["q"], NOW, 0.05)]


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
    assert told(ended(good)) == expected


def test_what_failed_a_while_ago_is_nothing_now() -> None:
    assert told(ended("------", every_s=400)[1:]) == []


def test_a_rare_workflow_that_has_not_succeeded_for_minutes_fails() -> None:
    assert told(ended("---", every_s=150)) == [(3, 3)]


def test_a_dependencys_trouble_counts_only_where_it_lasts() -> None:
    assert told(ended("------------", reason=POOL)) == []
    assert told(ended("------------", reason=POOL, every_s=60)) == [(12, 12)]


def test_queues_of_others_are_not_ours() -> None:
    assert told(ended("------------", queue="workflow-runtime-v2")) == []


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
    assert standstill(Stuck("w", "w-1", "q", activity, attempt, cause, reason)) is why


def test_a_version_is_polled_by_who_runs_it_now() -> None:
    old = Poller("1@a", NOW - timedelta(seconds=100), "d.1")
    bare = Poller("1@b", NOW)
    gone, runs = Queue("q", (old, bare), version="d.1"), Queue("q", (Poller("1@a", NOW, "d.1"), bare), version="d.1")
    assert not polled_version([gone], gone)
    assert polled_version([runs], runs)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("http://temporal-frontend.temporal.svc:7233", "temporal-frontend.temporal.svc:7233"),
        ("https://me@temporal:7233/ui", "temporal:7233"),
        ('"temporal:7233"', "temporal:7233"),
        ("temporal:7233/default", "temporal:7233"),
        ("temporal frontend", "RIGHT_HOST:7233"),
    ],
)
def test_the_address_meant_has_no_scheme_and_no_path(value: str, right: str) -> None:
    assert meant(value) == right
