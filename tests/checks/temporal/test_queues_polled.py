"""Whether somebody polls each task queue."""

from datetime import timedelta
from typing import Any

import pytest

from checks.temporal.activities_polled import ACTIVITIES_POLLED
from checks.temporal.queues_polled import QUEUES_POLLED
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Status
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import Poller, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import EndedExecution, Executions, PendingActivity
from diagnose.target.profile import Profile
from tests.support.kit import NOW, codes, findings, outcome
from tests.support.objects import condition, pod, running
from tests.support.temporal import CLIENT, QUEUE, answering, poller, served, settings, worker


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


def test_a_queue_by_another_name_in_which_tasks_wait_is_the_one_that_is_meant() -> None:
    own, waiting = Queue(QUEUE, (poller("worker-1"),)), (Queue("job", backlog=2),)
    (finding,) = findings(QUEUES_POLLED, served(own, waiting=waiting, profile=Profile(name="any")))
    assert (finding.code, finding.confidence) == ("temporal.queue-misnamed", Confidence.LIKELY)


def test_the_workers_own_queue_is_no_misspelling_of_itself() -> None:
    assert codes(QUEUES_POLLED, served(Queue(QUEUE), profile=Profile(name="any"))) == ["temporal.queue-not-polled"]


def test_the_only_queue_with_tasks_is_meant_where_the_workers_own_has_none() -> None:
    queue, waiting = Queue(QUEUE, (poller("worker-1"),)), (Queue("invoices", backlog=2),)
    unused = Executions(asked=True)
    (finding,) = findings(QUEUES_POLLED, served(queue, executions=unused, waiting=waiting))
    assert (finding.code, finding.confidence) == ("temporal.queue-misnamed", Confidence.LIKELY)
    used = Executions(asked=True, ended=(EndedExecution(workflow="W", queue=QUEUE, completed=True),))
    assert codes(QUEUES_POLLED, served(queue, executions=used, waiting=waiting)) == []


def test_queues_that_no_setting_names_are_those_that_its_pods_poll() -> None:
    anybody: dict[str, Any] = {"container": settings(TEMPORAL_TASK_QUEUE=""), "profile": Profile(name="any")}
    polled, other = Queue("by-code", (poller("worker-1"),)), Queue("other", (poller("else-1"),), backlog=5)
    ctx = served(polled, other, **anybody)
    assert codes(QUEUES_POLLED, ctx) == []
    assert "its pods poll by-code" in ctx.remark
    found = outcome(QUEUES_POLLED, served(other, **anybody))
    assert (found.status, found.findings) == (Status.UNKNOWN, ())


def test_a_queue_that_is_polled_for_activities_alone_is_named_so() -> None:
    (finding,) = findings(QUEUES_POLLED, served(Queue(QUEUE, backlog=3, activity_pollers=(poller("worker-1"),))))
    assert "for workflow tasks" in finding.summary


def started(since_s: float, *, probed: bool = False, restarts: int = 0) -> Context:
    """Returns what a check sees of a queue that nobody polls, of a worker that runs for so long."""
    probe = {"readinessProbe": {"tcpSocket": {"port": 9090}}} if probed else {}
    main = {"name": "worker", **CLIENT, **probe}
    own = pod("worker-1", main, status={"containerStatuses": [running(since_s=since_s, restartCount=restarts)]})
    own["status"]["conditions"] = [condition("Ready", age_s=since_s)]
    return served(Queue(QUEUE), pods=(own,), container={**CLIENT, **probe}, profile=Profile(name="any"))


@pytest.mark.parametrize(
    ("ctx", "status"),
    [
        (started(40), Status.UNKNOWN),
        (started(40, restarts=1), Status.FAIL),
        (started(200), Status.FAIL),
        (started(10, probed=True), Status.PASS),
        (started(40, probed=True), Status.FAIL),
    ],
)
def test_a_worker_that_may_still_start_need_not_poll_and_without_a_probe_nothing_shows_when_it_has(
    ctx: Context, status: Status
) -> None:
    assert outcome(QUEUES_POLLED, ctx).status is status


def _restarted(server_s: float, workers_s: float = 300) -> Context:
    """Returns what a check sees where nothing polls, by how long ago the frontend and the worker became ready."""
    own = worker()
    own["status"]["conditions"] = [condition("Ready", age_s=workers_s)]
    frontend = pod("temporal-frontend-0", namespace="temporal", labels={"app": "temporal-frontend"})
    frontend["status"]["conditions"] = [condition("Ready", age_s=server_s)]
    queues = (Queue(QUEUE, backlog=4),)
    answer = TemporalAnswer(AnswerState.YES, serving="SERVING", namespace="exists", queues=queues)
    return answering(answer, own, pods=[own, frontend])


def test_polls_that_a_restarted_server_has_lost_are_waited_for() -> None:
    ctx = _restarted(60)
    assert codes(QUEUES_POLLED, ctx) == []
    assert "Temporal has only just been restarted" in ctx.remark


def test_a_restart_of_the_server_excuses_no_queue_for_long() -> None:
    assert codes(QUEUES_POLLED, _restarted(100)) == ["temporal.queue-not-polled"]


def test_a_restart_of_the_server_excuses_no_worker_that_started_after_it() -> None:
    assert codes(QUEUES_POLLED, _restarted(60, workers_s=45)) == ["temporal.queue-not-polled"]


def polled_last(age_s: float, *, waited_s: float = 80.0, started: int = 0) -> Context:
    last = NOW - timedelta(seconds=age_s)
    polled = (Poller("1@worker-1", last),)
    queue = Queue(
        QUEUE, polled, activity_pollers=polled, activities=1, activities_waited_s=waited_s, counted=True, aged=True
    )
    waiting = PendingActivity("charge", QUEUE, "job", "job-1", QUEUE, 1, started)
    return served(queue, executions=Executions(asked=True, activities=(waiting,)))


def test_a_queue_whose_only_pollers_have_all_stopped_is_not_polled() -> None:
    (finding,) = findings(QUEUES_POLLED, polled_last(75))
    assert finding.code == "temporal.queue-not-polled"
    assert finding.evidence[0].text.startswith("no poll since ")
    assert codes(ACTIVITIES_POLLED, polled_last(75)) == []


@pytest.mark.parametrize(
    "ctx", [polled_last(75, started=1), polled_last(30), polled_last(75, waited_s=20)], ids=["busy", "polls", "short"]
)
def test_a_queue_whose_pollers_are_busy_or_current_is_polled(ctx: Context) -> None:
    assert codes(QUEUES_POLLED, ctx) == []
