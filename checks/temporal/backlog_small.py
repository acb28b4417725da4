"""Checks that the backlog of every queue is small; pollers without free slots are too few, or too slow."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import OWNER, server_query
from diagnose.check.rights import Scope, lists
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import own_queues, polled_queues
from diagnose.domain.temporal.task_queues import describe_queue, pollers_of, unpolled
from diagnose.model.report import Finding, Step
from diagnose.queries.temporal import Queue
from diagnose.resources import Pod
from diagnose.target.pod_template import literal
from diagnose.target.thresholds import Thresholds
from diagnose.text.sentences import truncate

BACKLOG = Code(
    id="temporal.queue-backlog",
    meaning="Workers poll the queue, but cannot keep up with its tasks: their slots are in use, because there "
    "are too few of them or because their work has become slow.",
    fix="Find out why the work is slow, or add slots or replicas.",
    transient=True,
)
# Rates are averages over the last half minute.
GROWS = 0.1
# A queue has four, unless the server's configuration has another number, and tasks are spread evenly.
PARTITIONS = 4
YOUNG = "This version of Temporal does not report for how long they wait: describe the queue again in a minute."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues with pollers and a large backlog."""
    named, queues = own_queues(ctx), polled_queues(ctx)
    idle = {queue.name for queue in unpolled(queues, pollers_of(ctx))}
    own = [queue for queue in queues if queue.name in named]
    for queue in own:
        if queue.error:
            ctx.record_problem(f"describing queue {queue.name}: {truncate(queue.error, 120)}")
        elif not queue.counted:
            ctx.record_problem(f"the server does not report how many tasks wait in queue {queue.name}")
        else:
            ctx.record_evidence(f"queue {queue.name}", _describe(ctx, queue))
    known = [queue for queue in own if queue.counted and not queue.error]
    of_queues = "1 queue" if len(known) == 1 else f"{len(known)} queues"
    ctx.note(f"{sum(queue.backlog + queue.activities for queue in known)} tasks wait in {of_queues}")
    for queue in known:
        waiting = _waiting(queue, ctx.target.request.thresholds)
        if queue.name not in idle and waiting:
            yield _finding(ctx, queue, waiting)


def _waiting(queue: Queue, allowed: Thresholds) -> str:
    """Returns the backlog of a queue as text, where it is large and old enough."""
    kinds = (
        (queue.activities, queue.activities_waited_s, "activities", queue.activities_add_rate,
         queue.activities_dispatch_rate),
        (queue.backlog, queue.waited_s, "workflow tasks", queue.add_rate, queue.dispatch_rate),
    )  # fmt: skip
    for number, waited_s, what, comes, goes in kinds:
        if number * PARTITIONS > allowed.queue_backlog and not queue.aged:
            return f"at least {number} {what} wait"
        if number > allowed.queue_backlog and waited_s > allowed.queue_wait_s:
            grows = f" and {comes - goes:.1f} more each second" if comes - goes >= GROWS else ""
            return f"{number} {what} wait{grows}, the oldest for {waited_s:.0f} s"
    return ""


def _describe(ctx: Context, queue: Queue) -> str:
    """Returns a queue as text: backlog, rates, and pollers."""
    seen = [poller.last_access for poller in queue.all_pollers if poller.last_access]
    last = f", the last {max(ctx.age(max(seen)).total_seconds(), 0):.0f} s ago" if seen else ""
    polled = f"{len(queue.all_pollers)} pollers{last}"
    if not queue.aged:
        return f"one partition has {queue.backlog} workflow tasks and {queue.activities} activities that wait; {polled}"
    return (
        f"{queue.backlog} workflow tasks wait ({queue.add_rate:.1f}/s added, {queue.dispatch_rate:.1f}/s dispatched), "
        f"{queue.activities} activities ({queue.activities_add_rate:.1f}/s, {queue.activities_dispatch_rate:.1f}/s); "
        f"{polled}"
    )


def _finding(ctx: Context, queue: Queue, waiting: str) -> Finding:
    variable = ctx.target.profile.activity_slots.variable
    slots = literal(ctx.target.container, variable)
    given = f" ({variable}={slots})" if slots else ""
    return BACKLOG.finding(
        f"In queue {queue.name} {waiting}, though {len(ctx.target.ready_pods)} pods poll it{given}.",
        describe_queue(ctx, queue.name),
        *((set_variable(ctx, variable, "50"),) if variable else ()),
        Step(
            "Or add replicas, if no autoscaler reverts that.",
            ctx.owner.scale(2 * len(ctx.target.pods)),
            changes=ctx.deployment,
        ),
        subjects=(f"queue/{queue.name}",),
        evidence=(ctx.record_evidence(f"queue {queue.name}", _describe(ctx, queue)),),
        alternatives=() if queue.aged else (YOUNG,),
    )


BACKLOG_SMALL = Check(
    id="temporal.backlog-small",
    title="The backlog of every queue is small",
    stage=stages.BACKLOG,
    # Workers that do not run process no tasks, but workflows that fail are not explained by one pod of many.
    explained_by=("workload.running", "workload.ready", "workload.replicas"),
    run=run,
    codes=(BACKLOG,),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod)),
)
