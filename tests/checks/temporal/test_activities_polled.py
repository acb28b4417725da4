"""Activities that wait in a queue which nobody polls for activities."""

from datetime import timedelta

import msgspec

from checks.temporal.activities_polled import ACTIVITIES_POLLED
from checks.temporal.queues_polled import QUEUES_POLLED
from diagnose.check.api import Context
from diagnose.queries.temporal import Queue, RateLimit
from diagnose.queries.workflow_executions import Executions, PendingActivity
from tests.support.kit import NOW, codes, findings
from tests.support.temporal import QUEUE, poller, served

POLLS = (poller("worker-1"),)


def pending(queue: str = QUEUE, *, waited_s: float = 45, waiting: int = 12, started: int = 0) -> PendingActivity:
    return PendingActivity("charge", queue, "job", "job-1", QUEUE, waiting, started, NOW - timedelta(seconds=waited_s))


def seen(queue: Queue, *activities: PendingActivity, other: Queue | None = None) -> Context:
    executions = Executions(asked=True, activities=activities)
    return served(queue, executions=executions, activity_queues=(other,) if other else ())


def test_activities_of_a_queue_that_is_polled_for_workflow_tasks_alone_are_found() -> None:
    queue = Queue(QUEUE, POLLS, activities=12, activities_waited_s=45, activity_pollers=())
    (finding,) = findings(ACTIVITIES_POLLED, seen(queue, pending()))
    assert finding.code == "temporal.activities-not-polled"
    assert "12 activities wait in queue jobs for 45 s (charge of job)" in finding.summary
    assert codes(QUEUES_POLLED, seen(queue, pending())) == []


def test_a_poller_of_before_that_has_not_come_back_since_they_wait_is_a_memory() -> None:
    queue = Queue(QUEUE, POLLS, activities=12, activity_pollers=(poller("worker-1", age_s=80),))
    assert codes(ACTIVITIES_POLLED, seen(queue, pending())) == ["temporal.activities-not-polled"]


def test_activities_that_go_to_a_queue_of_nobody_are_found() -> None:
    queue, other = Queue(QUEUE, POLLS, activity_pollers=POLLS), Queue("charges", activities=12, activity_pollers=())
    (finding,) = findings(ACTIVITIES_POLLED, seen(queue, pending("charges"), other=other))
    assert "queue/charges" in finding.subjects
    assert "no worker polls" in finding.summary


def test_the_count_of_a_queue_is_enough_where_no_execution_was_described() -> None:
    queue = Queue(QUEUE, POLLS, activities=12, activities_waited_s=45, activity_pollers=())
    assert codes(ACTIVITIES_POLLED, seen(queue)) == ["temporal.activities-not-polled"]


def test_workers_whose_slots_are_in_use_are_another_matter() -> None:
    queue = Queue(QUEUE, POLLS, activities=12, activity_pollers=(poller("worker-1", age_s=80),))
    assert codes(ACTIVITIES_POLLED, seen(queue, pending(), pending(waiting=0, started=5))) == []


def test_activities_that_a_poller_has_come_for_meanwhile_are_a_backlog() -> None:
    queue = Queue(QUEUE, POLLS, activities=12, activity_pollers=POLLS)
    assert codes(ACTIVITIES_POLLED, seen(queue, pending())) == []


def test_a_limit_of_the_queue_is_another_matter() -> None:
    limits = (RateLimit("activity", 0.01, "queue"),)
    queue = Queue(QUEUE, POLLS, activities=9, activity_pollers=(poller("worker-1", age_s=50),), limits=limits)
    assert codes(ACTIVITIES_POLLED, seen(queue, pending())) == []


def test_activities_that_were_scheduled_just_now_are_well() -> None:
    queue = Queue(QUEUE, POLLS, activities=1, activity_pollers=())
    assert codes(ACTIVITIES_POLLED, seen(queue, pending(waited_s=12))) == []


def test_executions_of_other_workers_are_left_alone() -> None:
    foreign = msgspec.structs.replace(pending("other"), workflow_queue="other")
    other = Queue("other", activities=3, activity_pollers=())
    assert codes(ACTIVITIES_POLLED, seen(Queue(QUEUE, POLLS, activity_pollers=POLLS), foreign, other=other)) == []
