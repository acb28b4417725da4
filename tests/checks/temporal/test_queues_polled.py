"""Whether somebody polls each task queue."""

from checks.temporal.queues_polled import QUEUES_POLLED
from diagnose.queries.temporal import Queue
from tests.support.kit import codes, findings
from tests.support.temporal import QUEUE, poller, served


def test_a_queue_without_a_poller_is_found_with_the_tasks_that_wait() -> None:
    (finding,) = findings(QUEUES_POLLED, served(Queue(QUEUE, backlog=4)))
    assert finding.code == "temporal.queue-not-polled"
    assert "4 tasks wait" in finding.summary


def test_a_queue_that_the_workers_pod_polls_is_well() -> None:
    assert codes(QUEUES_POLLED, served(Queue(QUEUE, (poller("worker-1"),)))) == []


def test_a_queue_that_the_server_cannot_describe_is_a_problem() -> None:
    ctx = served(Queue(QUEUE, (poller("worker-1"),)), Queue("other", error="UNAVAILABLE: no hosts"))
    assert codes(QUEUES_POLLED, ctx) == []
    assert ctx.problems == ["1 queues could not be described: UNAVAILABLE: no hosts"]
