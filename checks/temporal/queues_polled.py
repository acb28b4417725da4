"""Checks that each queue has a poller; a workflow on an unpolled queue waits indefinitely, and nothing reports it."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER, server_query
from diagnose.check.rights import Scope, lists
from diagnose.domain.temporal.queries import query_temporal, temporal_of
from diagnose.domain.temporal.task_queues import (
    VARIABLES,
    correct_queue,
    describe_queue,
    is_too_early,
    misspelt_queues,
    pollers_of,
    unpolled,
)
from diagnose.model.report import Finding
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import Queue
from diagnose.resources import Pod
from diagnose.text.sentences import truncate

MISNAMED = Code(
    id="temporal.queue-misnamed",
    meaning="The Deployment polls a queue that gets no tasks, and the queue with a similar name has no poller.",
    fix="Correct TEMPORAL_TASK_QUEUE.",
    # A wrong name does not depend on whether the workers run.
    explained_by=(),
)
NOT_POLLED = Code(
    id="temporal.queue-not-polled",
    meaning="A queue of the worker has no live poller, so its workflows wait indefinitely.",
    fix="Restart the worker, or add the queue to TEMPORAL_TASK_QUEUE.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues without pollers, and names that are probably misspelt."""
    temporal, profile = temporal_of(ctx), ctx.target.profile
    pods = ctx.target.pods_with_same(*VARIABLES)
    answer = query_temporal(ctx)
    if answer.answered is not AnswerState.YES or answer.namespace == "missing":
        raise NotApplicableError("the frontend or the namespace is missing, so no queue can be described")
    if failed := [queue for queue in answer.queues if queue.error]:
        ctx.record_problem(f"{len(failed)} queues could not be described: {truncate(failed[0].error, 120)}")
    idle = unpolled(answer.queues, pollers_of(ctx))
    known = (*profile.default_queues, *profile.always_polled, *profile.foreign_queues)
    typos = misspelt_queues(temporal.queues, [queue.name for queue in idle], known)
    for named, meant in typos.items():
        yield MISNAMED.finding(
            f"The Deployment polls {named}, but nothing polls {meant}, so its workflows wait indefinitely.",
            correct_queue(ctx, named, meant),
            describe_queue(ctx, meant),
            subjects=(f"queue/{named}", f"queue/{meant}"),
            pods=pods,
            evidence=(ctx.record_evidence(f"queue {meant}", "no poller of a living pod"),),
        )
    idle = tuple(queue for queue in idle if queue.name not in typos.values())
    own = [queue for queue in idle if queue.name in temporal.queues]
    if own and is_too_early(ctx, pods):
        ctx.not_yet(f"nothing polls {own[0].name} yet; the pods have only just started")
        own = []
    others = [queue for queue in idle if queue.name not in temporal.queues and queue.backlog]
    for queues, suffering in ((own, pods), (others, ())):
        if queues:
            yield _not_polled(ctx, queues, suffering)


def _not_polled(ctx: Context, queues: list[Queue], pods: tuple[str, ...]) -> Finding:
    names, backlog = [queue.name for queue in queues], sum(queue.backlog for queue in queues)
    more = f" and {len(names) - 2} more queues" if len(names) > 2 else ""
    waiting = f"; {backlog} tasks wait" if backlog else ""
    return NOT_POLLED.finding(
        f"Nothing polls {', '.join(names[:2])}{more}, so its workflows wait indefinitely{waiting}.",
        ctx.restart_step("Restart the worker.") if pods else correct_queue(ctx, "", names[0]),
        describe_queue(ctx, names[0]),
        subjects=tuple(f"queue/{name}" for name in names),
        pods=pods,
        evidence=tuple(
            ctx.record_evidence(f"queue {each.name}", f"no poller of a living pod, backlog {each.backlog}")
            for each in queues[:3]
        ),
    )


QUEUES_POLLED = Check(
    id="temporal.queues-polled",
    title="Every queue of the worker is polled",
    stage=stages.QUEUES,
    # Workers that do not run poll nothing, but workflows that fail are not explained by one pod of many.
    explained_by=("workload.running", "workload.ready", "workload.replicas"),
    run=run,
    codes=(MISNAMED, NOT_POLLED),
    vital=True,
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod)),
)
