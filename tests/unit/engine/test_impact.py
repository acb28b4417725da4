"""What findings mean for the work of the target, and the numbers of how bad it is."""

from datetime import timedelta
from typing import Any

import pytest

from diagnose.check.api import Check, Code
from diagnose.check.stages import DATABASE_PORT, IMAGE, QUEUES, WORKFLOW_RESULTS, Stage
from diagnose.engine.impact import impact_of, joined, with_effects, works
from diagnose.model.report import Finding, Impact, Outcome, Remediation, Status, WorkEffect
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import EndedExecution, ExecutionCount, Executions
from diagnose.sources.gateway import Answer
from diagnose.target.target import Target
from tests.support.kit import NOW, context, nothing
from tests.support.objects import pod
from tests.support.temporal import CLIENT, HOST, PORT, QUEUE, poller, worker

READY, SECOND, NEW = pod("worker-1", ready=True), pod("worker-2", ready=True), pod("worker-3", ready=False)
UNKNOWN, NOT_LISTED = Impact(), Executions()
STOPS, IMPAIRS, NONE = WorkEffect.STOPS, WorkEffect.IMPAIRS, WorkEffect.NONE


def settled(stage: Stage, *pods: str, impact: Impact = UNKNOWN, own: WorkEffect | None = None, **more: Any) -> Finding:
    """A finding of a stage about some pods of a target with two ready ones and one that is not."""
    code = Code(id="a.b", meaning="m", fix="f", work=own)
    check = Check(id="a.check", title="T", stage=stage, run=nothing, codes=(code,))
    found = Finding(code="a.b", summary="s", remediation=Remediation(summary="f"), pods=pods, **more)
    outcome = Outcome(check="a.check", title="T", status=Status.FAIL, findings=(found,))
    (settled_outcome,) = with_effects((outcome,), (check,), context(READY, SECOND, NEW).target, impact)
    return settled_outcome.findings[0]


@pytest.mark.parametrize(
    ("stage", "pods", "effect"),
    [
        (DATABASE_PORT, (), STOPS),
        (DATABASE_PORT, ("worker-1", "worker-2", "worker-3"), STOPS),
        (DATABASE_PORT, ("worker-1",), IMPAIRS),
        (DATABASE_PORT, ("worker-3",), NONE),
        (WORKFLOW_RESULTS, (), IMPAIRS),
        (WORKFLOW_RESULTS, ("worker-3",), NONE),
        (IMAGE, (), NONE),
    ],
)
def test_a_finding_counts_for_the_ready_pods_that_it_is_about(
    stage: Stage, pods: tuple[str, ...], effect: WorkEffect
) -> None:
    assert settled(stage, *pods).work is effect


def test_a_code_may_mean_more_than_its_stage() -> None:
    assert settled(IMAGE, own=IMPAIRS).work is IMPAIRS


def test_an_unpolled_queue_stops_the_work_where_no_other_queue_is_polled() -> None:
    impact = Impact(queues=("jobs", "mails"), polled=("jobs",))
    assert settled(QUEUES, subjects=("queue/mails",), impact=impact).work is IMPAIRS
    assert settled(QUEUES, subjects=("queue/jobs", "queue/job"), impact=impact).work is STOPS


@pytest.mark.parametrize(
    ("pods", "effect", "impact", "expected"),
    [
        ((READY,), NONE, Impact(), True),
        ((READY,), IMPAIRS, Impact(ended=10, failed=9), True),
        ((READY,), IMPAIRS, Impact(ended=2, failed=2), True),
        ((READY,), IMPAIRS, Impact(ended=12, failed=12), False),
        ((READY,), STOPS, Impact(), False),
        ((NEW,), NONE, Impact(), False),
    ],
)
def test_work_is_done_by_ready_pods_that_nothing_stops(
    pods: tuple[Any, ...], effect: WorkEffect, impact: Impact, expected: bool
) -> None:
    found = Finding(code="a.b", summary="s", remediation=Remediation(summary="f"), work=effect)
    outcome = Outcome(check="a.check", title="T", status=Status.FAIL, findings=(found,))
    assert works(context(*pods).target, (outcome,), impact) is expected


def target() -> Target:
    return context(worker(), worker("worker-2", ready=False), container=CLIENT).target


def answered(*queues: Queue, executions: Executions = NOT_LISTED, **query: Any) -> Answer:
    named: dict[str, Any] = {"host": HOST, "port": PORT, "namespace": "default", "queues": (QUEUE,)} | query
    found = TemporalAnswer(AnswerState.YES, namespace="exists", queues=queues, executions=executions)
    return Answer(QueryTemporal(**named), answer=found)


def test_the_numbers_are_those_of_the_queries_that_ran() -> None:
    queue = Queue(QUEUE, (poller("worker-1"),), backlog=3, waited_s=40.0, activities=2, activities_waited_s=90.0)
    counted = Executions(asked=True, counted=(ExecutionCount(10.0, 30, 4), ExecutionCount(2.0, 5, 1)))
    found = impact_of(target(), [answered(queue, executions=counted)], NOW)
    assert (found.ready, found.desired) == (1, 3)
    assert (found.waiting, found.oldest_s) == (5, 90.0)
    assert (found.ended, found.failed, found.minutes) == (30, 4, 10.0)
    assert (found.queues, found.polled) == ((QUEUE,), (QUEUE,))


def test_without_an_answer_the_numbers_are_unknown() -> None:
    of_another = answered(Queue("other", backlog=9), host="elsewhere", queues=("other",))
    for answers in ([], [of_another]):
        found = impact_of(target(), answers, NOW)
        assert (found.waiting, found.oldest_s, found.ended, found.failed, found.polled) == (None,) * 5


def test_a_server_that_counts_no_executions_lists_those_of_the_last_minutes() -> None:
    ended = tuple(
        EndedExecution("w", queue, completed=completed, at=NOW - timedelta(minutes=age))
        for queue, completed, age in ((QUEUE, True, 1), (QUEUE, False, 9), (QUEUE, False, 11), ("other", False, 1))
    )
    executions = Executions(asked=True, ended=ended)
    found = impact_of(target(), [answered(Queue(QUEUE), executions=executions)], NOW)
    assert (found.ended, found.failed) == (2, 1)


def test_a_queue_whose_backlog_is_not_counted_waits_for_an_unknown_number() -> None:
    found = impact_of(target(), [answered(Queue(QUEUE, counted=False))], NOW)
    assert found.waiting is None


def test_the_numbers_of_several_workloads_add_up() -> None:
    found = joined([Impact(ready=1, desired=2, queues=("a",)), Impact(ready=3, queues=("a", "b"))])
    assert (found.ready, found.desired, found.waiting, found.queues) == (1, 2, None, ("a", "b"))


@pytest.mark.parametrize(
    ("impact", "severe"),
    [
        (Impact(), False),
        (Impact(ready=1, desired=3), True),
        (Impact(ready=1, desired=2), False),
        (Impact(waiting=3, oldest_s=200.0), True),
        (Impact(waiting=3, oldest_s=5.0), False),
        (Impact(waiting=0, oldest_s=200.0), False),
    ],
)
def test_work_that_waits_and_missing_pods_are_severe(impact: Impact, severe: bool) -> None:
    assert impact.is_severe is severe
