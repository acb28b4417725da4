"""The tasks that wait in polled queues."""

from datetime import timedelta
from typing import Any

import pytest

from checks.temporal.backlog_small import BACKLOG_SMALL
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Severity, Status
from diagnose.queries.temporal import Queue, RateLimit
from tests.support.kit import NOW, codes, findings, outcome
from tests.support.temporal import QUEUE, poller, served


@pytest.mark.parametrize(
    ("waiting", "waited_s", "expected"),
    [
        (5000, 900, ["temporal.queue-backlog"]),
        # Many that do not wait long are taken up.
        (5000, 1, []),
        (3, 900, []),
    ],
)
def test_many_tasks_that_wait_long_are_a_backlog(waiting: int, waited_s: float, expected: list[str]) -> None:
    queue = Queue(QUEUE, (poller("worker-1"),), activities=waiting, activities_waited_s=waited_s)
    assert codes(BACKLOG_SMALL, served(queue)) == expected


@pytest.mark.parametrize(
    "unknown", [Queue(QUEUE, (poller("worker-1"),), counted=False), Queue(QUEUE, error="DEADLINE_EXCEEDED: no answer")]
)
def test_a_server_that_does_not_count_waiting_tasks_leaves_the_backlog_unknown(unknown: Queue) -> None:
    found = outcome(BACKLOG_SMALL, served(unknown))
    assert found.status is Status.UNKNOWN
    assert QUEUE in found.reason


@pytest.mark.parametrize(("waiting", "expected"), [(36, Confidence.LIKELY), (9, None)])
def test_what_waits_since_an_unknown_time_is_a_likely_backlog(waiting: int, expected: Confidence | None) -> None:
    queue = Queue(QUEUE, (poller("worker-1"),), backlog=waiting, aged=False)
    assert [each.confidence for each in findings(BACKLOG_SMALL, served(queue))] == ([expected] if expected else [])


def limited(per_second: float, *, source: str = "queue", poll_s: float = 5, **more: Any) -> Context:
    """Returns what a check sees of 150 waiting activities of a queue with a limit."""
    limit = RateLimit("activity", per_second, source, reason="load test", by="ann", since=NOW - timedelta(days=3))
    pollers = (poller("worker-1", age_s=poll_s),)
    of_others = Queue("others", (poller("worker-1"),))
    waiting = {"activities": 150, "activities_waited_s": 90.0, **more}
    return served(Queue(QUEUE, pollers, activity_pollers=pollers, limits=(limit,), **waiting), of_others)


def test_a_limit_that_holds_tasks_back_from_idle_workers_is_named_with_its_reason_and_time() -> None:
    (finding,) = findings(BACKLOG_SMALL, limited(0.01))
    assert (finding.code, finding.severity) == ("temporal.queue-rate-limited", Severity.CRITICAL)
    assert "0.01 activities/s since" in finding.summary
    assert "load test" in finding.summary
    assert "--queue-rps-limit default" in str(finding.remediation.steps[0].command)


@pytest.mark.parametrize(
    "ctx",
    [
        # They dispatch far less than the limit allows, so their own slots are what is missing.
        limited(50.0, activities_dispatch_rate=2.0),
        # Nobody polls, as a worker does while it has a free slot.
        limited(0.01, poll_s=100),
        # The server would be done with them at once.
        limited(1000.0, source="server", activities_dispatch_rate=3.0),
    ],
)
def test_a_limit_that_is_not_reached_or_workers_without_a_free_slot_are_a_plain_backlog(ctx: Context) -> None:
    assert "temporal.queue-rate-limited" not in codes(BACKLOG_SMALL, ctx)


@pytest.mark.parametrize(("number", "expected"), [(20, [Severity.CRITICAL]), (4, [Severity.WARNING]), (1, []), (0, [])])
def test_a_few_tasks_are_judged_by_how_long_they_take_at_the_limit(number: int, expected: list[Severity]) -> None:
    ctx = limited(0.01, activities=number)
    assert [each.severity for each in findings(BACKLOG_SMALL, ctx)] == expected


@pytest.mark.parametrize("source", ["worker", "server"])
def test_a_limit_of_a_worker_or_the_server_names_who_set_it(source: str) -> None:
    (finding,) = findings(BACKLOG_SMALL, limited(0.5, source=source, activities_dispatch_rate=0.5))
    assert source in finding.summary
