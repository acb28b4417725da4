"""Checks that each queue has a poller; a workflow on an unpolled queue waits indefinitely, and nothing reports it."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS, OWNER, RESTARTED_SERVER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.temporal.queries import namespace_of, own_queues, query_temporal, temporal_of
from diagnose.domain.temporal.task_queues import (
    correct_queue,
    describe_queue,
    has_lost_polls,
    has_stopped,
    is_too_early,
    lacks_pollers,
    misspelt_queues,
    pollers_of,
    require_worker,
    unpolled,
)
from diagnose.model.report import Alternative, Finding
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import Queue, TemporalAnswer
from diagnose.resources import Pod
from diagnose.text.sentences import number_of, truncate

MISNAMED = Code(
    id="temporal.queue-misnamed",
    meaning="The worker polls a queue that gets no tasks, and the queue with a similar name has no poller.",
    fix="Correct the name of the task queue in the worker's settings.",
    # A wrong name does not depend on whether the workers run.
    explained_by=(),
)
NOT_POLLED = Code(
    id="temporal.queue-not-polled",
    meaning="A queue of the worker has no live poller, so its workflows never run.",
    fix="Restart the worker, or add the queue to those of its settings.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues without pollers, and names that are probably misspelt."""
    namespace_of(ctx)
    temporal, profile = temporal_of(ctx), ctx.target.profile
    pods = ctx.target.pods_with_same(temporal.queue_variable)
    answer = query_temporal(ctx)
    if answer.answered is not AnswerState.YES or answer.namespace == "missing":
        raise NotApplicableError("the frontend or the namespace is missing, so no queue can be described")
    require_worker(ctx, answer.queues)
    named = own_queues(ctx)
    if not temporal.queues:
        ctx.note(f"no setting names its queues; its pods poll {', '.join(named[:3])}")
    if failed := [queue for queue in answer.queues if queue.error]:
        ctx.record_problem(f"{len(failed)} queues could not be described: {truncate(failed[0].error, 120)}")
    pollers = pollers_of(ctx)
    idle, waiting = unpolled(answer.queues, pollers), unpolled(answer.waiting, pollers)
    known = (*profile.default_queues, *profile.always_polled, *profile.foreign_queues)
    typos = misspelt_queues(named, [queue.name for queue in (*idle, *waiting)], known)
    for polled, meant in (typos or _unused(answer, named, waiting)).items():
        yield _misnamed(ctx, polled, meant, is_expected=meant in known)
    # That workers poll for workflow tasks alone is another check's.
    idle = tuple(
        queue
        for queue in idle
        if queue.name not in typos.values() and lacks_pollers(answer.queues, queue, pollers) != "activity"
    )
    idle += tuple(each for each in answer.queues if each not in idle and has_stopped(each, answer.executions, ctx.now))
    own = [queue for queue in idle if queue.name in named]
    if own and is_too_early(ctx, pods):
        # Without a probe nothing shows when the program itself has started.
        later = ctx.not_yet if ctx.target.container.shows_its_start else ctx.record_problem
        later(f"nothing polls {own[0].name} yet; the pods have only just started")
        own = []
    if own and has_lost_polls(ctx, pods):
        ctx.not_yet(f"nothing polls {own[0].name} yet; Temporal has only just been restarted")
        own = []
    others = [queue for queue in idle if queue.name not in named and queue.backlog]
    for queues, suffering in ((own, pods), (others, ())):
        if queues:
            # A worker may poll for activities alone.
            partly = {lacks_pollers(answer.queues, each, pollers) for each in queues} == {"workflow"}
            yield _not_polled(ctx, queues, " for workflow tasks" if partly else "", suffering)


def _unused(answer: TemporalAnswer, named: tuple[str, ...], waiting: tuple[Queue, ...]) -> dict[str, str]:
    """Returns the worker's only queue with the only one in which tasks wait, where its own has had no executions."""
    found = answer.executions
    queues = {*(each.queue for each in found.ended), *(each.queue for each in found.running)}
    used = not queues.isdisjoint(named)
    if len(named) != 1 or len(waiting) != 1 or not found.asked or used or any(each.total for each in found.counted):
        return {}
    return {named[0]: waiting[0].name}


def _misnamed(ctx: Context, polled: str, meant: str, *, is_expected: bool) -> Finding:
    text = f"{meant} may be the queue of another worker that does not run: find what starts its workflows."
    other = Alternative(text, NOT_POLLED.id)
    return MISNAMED.finding(
        f"The worker polls {polled}, but no worker polls {meant}, so its workflows never run.",
        correct_queue(ctx, polled, meant),
        describe_queue(ctx, meant),
        subjects=(f"queue/{polled}", f"queue/{meant}"),
        pods=ctx.target.pods_with_same(temporal_of(ctx).queue_variable),
        evidence=(ctx.record_evidence(f"queue {meant}", "no poller of a living pod"),),
        alternatives=() if is_expected else (other,),
    )


def _not_polled(ctx: Context, queues: list[Queue], kind: str, pods: tuple[str, ...]) -> Finding:
    names, backlog = [queue.name for queue in queues], sum(queue.backlog for queue in queues)
    more = f" and {number_of(len(names) - 2, 'more queue')}" if len(names) > 2 else ""
    waiting = f"; {number_of(backlog, 'task')} {'waits' if backlog == 1 else 'wait'}" if backlog else ""
    return NOT_POLLED.finding(
        f"No worker polls {', '.join(names[:2])}{more}{kind}, so its workflows never run{waiting}.",
        ctx.restart_step("Restart the worker.") if pods else correct_queue(ctx, "", names[0]),
        describe_queue(ctx, names[0]),
        subjects=tuple(f"queue/{name}" for name in names),
        pods=pods,
        evidence=tuple(
            ctx.record_evidence(f"queue {each.name}", f"{_pollers(each)}, backlog {each.backlog}")
            for each in queues[:3]
        ),
    )


def _pollers(queue: Queue) -> str:
    """Returns who polled a queue last, of the living pods."""
    polls = [each.last_access for each in queue.all_pollers if each.last_access]
    return f"no poll since {max(polls):%H:%M:%S}" if polls else "no poller of a living pod"


QUEUES_POLLED = Check(
    id="temporal.queues-polled",
    title="Every queue of the worker is polled",
    stage=stages.QUEUES,
    # Workers that do not run poll nothing, but workflows that fail are not explained by one pod of many.
    explained_by=("workload.running", "workload.ready", "workload.replicas"),
    run=run,
    codes=(MISNAMED, NOT_POLLED),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *RESTARTED_SERVER, *optional(EVENTS)),
)
