"""What the findings mean for the work of the target, and how bad it is, in numbers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from diagnose.check.api import Check
from diagnose.check.stages import QUEUES
from diagnose.domain.temporal.workflows import WINDOWS
from diagnose.model.report import Finding, Impact, Outcome, Severity, WorkEffect
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.sources.gateway import Answer
from diagnose.target.target import Target

_NO_ANSWER = TemporalAnswer(answered=AnswerState.NO)
ENOUGH = 3
"""How many executions must have failed, and none succeeded, before nothing is done any more."""


def with_effects(
    outcomes: tuple[Outcome, ...], checks: Iterable[Check], target: Target, impact: Impact
) -> tuple[Outcome, ...]:
    """Returns the outcomes whose findings say what they mean for the work of the ready pods.

    One that is about pods that are not ready means nothing for it, and one that is about some of the ready pods only
    does not stop all of it. That a queue is not polled stops it where no other one is.
    """
    declared = {check.id: check for check in checks}
    ready = {pod.name for pod in target.ready_pods}

    def settled(check: str, finding: Finding) -> Finding:
        effect, pods = declared[check].work_of(finding.code), set(finding.pods)
        if declared[check].stage_of(finding.code) is QUEUES and impact.polled is not None:
            # A queue that the finding is about may be polled by mistake.
            others = {f"queue/{each}" for each in impact.polled} - set(finding.subjects)
            effect = effect if others else WorkEffect.STOPS
        if target.manifest or (ready and pods and not ready & pods):
            effect = WorkEffect.NONE
        elif effect is WorkEffect.STOPS and pods and ready - pods:
            effect = WorkEffect.IMPAIRS
        return replace(finding, work=effect)

    return tuple(
        replace(each, findings=tuple(settled(each.check, one) for one in each.findings)) if each.findings else each
        for each in outcomes
    )


def works(target: Target, outcomes: Iterable[Outcome], impact: Impact) -> bool:
    """Whether some work is done: there are ready pods, nothing stops their work, and not every execution fails."""
    failing = [each for outcome in outcomes for each in outcome.findings if each.severity is Severity.CRITICAL]
    stopped = any(each.work is WorkEffect.STOPS for each in failing)
    all_fail = impact.ended is not None and impact.failed == impact.ended >= ENOUGH
    return bool(target.ready_pods) and not stopped and not all_fail


def impact_of(target: Target, answers: Iterable[Answer], now: datetime) -> Impact:
    """Returns how bad it is, as far as the queries of the run have read it; of a manifest there is nothing yet."""
    if target.manifest:
        return Impact()
    answer = max(_answers(target, answers), key=lambda each: len(each.queues), default=_NO_ANSWER)
    queues = tuple(each.name for each in answer.queues)
    counted = [each for each in answer.queues if each.counted and not each.error]
    minutes, ended, failed = _ended(answer.executions, queues, now)
    return Impact(
        ready=len(target.ready_pods),
        desired=target.replicas,
        waiting=sum(each.backlog + each.activities for each in counted) if counted else None,
        oldest_s=max((_oldest_s(each) for each in counted), default=None),
        ended=ended,
        failed=failed,
        minutes=minutes,
        queues=queues,
        polled=tuple(each.name for each in answer.queues if each.all_pollers) if counted else None,
    )


def joined(parts: Sequence[Impact]) -> Impact:
    """Returns the impact of several workloads together: of each number those that are known."""

    def total(values: Iterable[int | None]) -> int | None:
        known = [each for each in values if each is not None]
        return sum(known) if known else None

    # The pods of a Job, which has no number, would be more than are desired.
    numbered = [each for each in parts if each.desired is not None] or parts
    return Impact(
        ready=total(each.ready for each in numbered),
        desired=total(each.desired for each in parts),
        queues=tuple(dict.fromkeys(queue for each in parts for queue in each.queues)),
    )


def _answers(target: Target, answers: Iterable[Answer]) -> Iterator[TemporalAnswer]:
    """Yields what Temporal answered about the target's own queues."""
    temporal = target.temporal
    for each in answers if temporal else ():
        query, answer = each.query, each.answer
        if not isinstance(query, QueryTemporal) or not isinstance(answer, TemporalAnswer) or not query.queues:
            continue
        if temporal and (query.host, query.port, query.namespace) == (temporal.host, temporal.port, temporal.namespace):
            yield answer


def _oldest_s(queue: Queue) -> float:
    return max(queue.waited_s if queue.backlog else 0.0, queue.activities_waited_s if queue.activities else 0.0)


def _ended(found: Executions, queues: Collection[str], now: datetime) -> tuple[float | None, int | None, int | None]:
    """Returns the time of the executions that are counted, how many ended, and how many of them without success."""
    if found.counted:
        first = found.counted[0]
        return first.minutes, first.total, first.failed
    if not found.asked:
        return None, None, None
    since = now - timedelta(minutes=WINDOWS[0])
    ended = [each for each in found.ended if each.at and each.at >= since and each.queue in queues]
    return WINDOWS[0], len(ended), sum(not each.completed for each in ended)
