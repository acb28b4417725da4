"""Checks that a worker polls for the activities that wait; workflows and activities of a queue are polled separately.

A worker without activities polls for workflow tasks alone, and a workflow may send its activities to another queue. Its
workflows start, and then wait indefinitely, without an error.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import EVENTS, OWNER, RESTARTED_SERVER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.temporal.queries import executions_of, frontend, own_queues, query_temporal, temporal_of
from diagnose.domain.temporal.task_queues import (
    Pollers,
    describe_queue,
    has_lost_polls,
    has_stopped,
    is_too_early,
    lacks_pollers,
    pollers_of,
    unpolled,
)
from diagnose.model.report import Finding, Step
from diagnose.queries.temporal import Queue, TemporalAnswer
from diagnose.queries.workflow_executions import PendingActivity
from diagnose.resources import Pod
from diagnose.text.sentences import listed, span

UNPOLLED = Code(
    id="temporal.activities-not-polled",
    meaning="Activities wait in a queue that no worker polls for activities: the workers of the queue have none "
    "registered, or the workflow sends them to another queue. Their workflows wait indefinitely, without an error.",
    fix="Run a worker that has the activities and polls the queue, or correct the queue in the workflow's code.",
    transient=True,
)
# A worker that polls takes a task at once.
WAITED = timedelta(seconds=20)
# A limit of so few activities a second holds tasks back from workers that poll.
SLOW = 1.0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A queue with activities that nobody has taken since a time; without those that were described, by its count."""

    queue: Queue
    number: int
    since: datetime
    activities: tuple[PendingActivity, ...] = ()


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues in which activities of the worker's workflows wait, and that nobody polls for activities."""
    named, answer, pollers = own_queues(ctx), query_temporal(ctx), pollers_of(ctx)
    described = {each.queue.name: each for each in _described(ctx, named, answer)}
    own = [each for each in answer.queues if each.name in named and not has_stopped(each, answer.executions, ctx.now)]
    counted = [each for each in unpolled(own, pollers) if lacks_pollers(own, each, pollers) == "activity"]
    for each in counted:
        waited = timedelta(seconds=each.activities_waited_s)
        if each.aged and waited <= WAITED:
            continue
        since = ctx.now - waited
        described.setdefault(each.name, Waiting(queue=each, number=each.activities, since=since))
    for found in described.values():
        is_own = found.queue.name in named
        if _is_polled(found.queue, pollers, found.since) and found.queue not in counted:
            continue
        if is_own and is_too_early(ctx, ctx.target.pods_with_same(temporal_of(ctx).queue_variable)):
            ctx.not_yet(f"nothing polls {found.queue.name} for activities yet; the pods have only just started")
            continue
        if is_own and has_lost_polls(ctx, ctx.target.pods_with_same(temporal_of(ctx).queue_variable)):
            ctx.not_yet(f"nothing polls {found.queue.name} for activities yet; Temporal has only just been restarted")
            continue
        yield _finding(ctx, found, is_own=is_own)


def _described(ctx: Context, named: tuple[str, ...], answer: TemporalAnswer) -> Iterator[Waiting]:
    """Yields the queues in which activities of the worker's executions wait, and of which none is executed."""
    queues = {each.name: each for each in (*answer.activity_queues, *answer.waiting, *answer.queues) if not each.error}
    activities = [each for each in executions_of(ctx).activities if {each.queue, each.workflow_queue} & {*named}]
    for name, same in grouped((each.queue, each) for each in activities).items():
        late = tuple(each for each in same if each.waiting and each.since and ctx.age(each.since) > WAITED)
        # A worker whose slots are all in use does not poll; an own queue that nobody polls at all has another check.
        is_polled = name in queues and (
            name not in named or (queues[name].pollers and not has_stopped(queues[name], answer.executions, ctx.now))
        )
        if late and is_polled and not any(each.started for each in same):
            since = min(each.since for each in late if each.since)
            number = sum(each.waiting for each in late)
            yield Waiting(queue=queues[name], number=number, since=since, activities=late)


def _is_polled(queue: Queue, pollers: Pollers, since: datetime) -> bool:
    """Whether a worker has polled for activities since they wait, or a limit of the queue holds them back."""
    known = [each for each in queue.activity_pollers or () if pollers.may_poll(each)]
    limited = any(each.kind == "activity" and (each.active or each.per_second < SLOW) for each in queue.limits)
    return any(limited or each.last_access is None or each.last_access > since for each in known)


def _finding(ctx: Context, found: Waiting, *, is_own: bool) -> Finding:
    queue, first = found.queue, found.activities[0] if found.activities else None
    names = f" ({listed((each.activity for each in found.activities), 2)} of {first.workflow})" if first else ""
    wait = f"{found.number} activities wait" if found.number > 1 else "An activity waits"
    who = "its workers poll for workflow tasks alone" if queue.pollers else "no worker polls"
    text = f"Run a worker that has the activities and polls {queue.name} for them, or correct the queue in the code."
    if is_own:
        text = "Deploy an image whose worker registers the activities; this shows the last ones."
    pollers = listed(sorted(each.identity for each in queue.activity_pollers or ())) or "nobody"
    evidence = [
        ctx.record_evidence(
            f"queue {queue.name}", f"polled for activities by {pollers}, not since {found.since:%H:%M:%S}"
        )
    ]
    steps = [Step(text, ctx.owner.rollout("history")), describe_queue(ctx, queue.name)]
    if first:
        started = f"activity {first.activity} was never started"
        evidence.append(ctx.record_evidence(f"execution {first.workflow_id}", started))
        show = frontend(ctx).temporal("workflow", "describe", options={"--workflow-id": first.workflow_id})
        steps.append(Step("Show what one of its workflows waits for.", show))
    return UNPOLLED.finding(
        f"{wait} in queue {queue.name} for {span(ctx.age(found.since).total_seconds())}{names}, where {who}.",
        *steps,
        subjects=(f"queue/{queue.name}", *(f"activity/{each.activity}" for each in found.activities)),
        evidence=tuple(evidence),
    )


ACTIVITIES_POLLED = Check(
    id="temporal.activities-polled",
    title="A worker polls for the activities that wait",
    stage=stages.QUEUES,
    # Workers that do not run poll nothing, but workflows that wait are not explained by one pod of many.
    explained_by=("workload.running", "workload.ready", "workload.replicas"),
    run=run,
    codes=(UNPOLLED,),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *RESTARTED_SERVER, *optional(EVENTS)),
)
