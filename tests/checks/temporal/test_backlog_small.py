"""The tasks that wait in polled queues."""

import pytest

from checks.temporal.backlog_small import BACKLOG_SMALL
from diagnose.model.report import Confidence, Status
from diagnose.queries.temporal import Queue
from tests.support.kit import codes, findings, outcome
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
