"""The tasks that wait in polled queues."""

import pytest

from checks.temporal.backlog_small import BACKLOG_SMALL
from diagnose.queries.temporal import Queue
from tests.support.kit import codes
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
