"""Checks that the backlog of every queue is small; pollers without free slots are too few, or too slow."""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, OWNER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import (
    change_step,
    frontend,
    own_queues,
    polled_queues,
    server_settings,
)
from diagnose.domain.temporal.task_queues import describe_queue, has_free_slots, pollers_of, unpolled
from diagnose.model.report import Alternative, Finding, Severity, Step
from diagnose.queries.temporal import Queue, RateLimit
from diagnose.resources import Pod
from diagnose.target.pod_template import literal
from diagnose.target.thresholds import Thresholds
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

BACKLOG = Code(
    id="temporal.queue-backlog",
    meaning="Workers poll the queue, but cannot keep up with its tasks: their slots are in use, because there "
    "are too few of them or because their work has become slow.",
    fix="Find out why the work is slow, or add slots or replicas.",
    symptom=True,
    alternatives=(
        Alternative(
            "The work has become slow, as what it needs answers slowly: see which activities run, and for how long.",
            "temporal.activity-failing",
        ),
        "There are too few slots or workers for the work that comes in: compare the rates of both.",
        Alternative(
            "Temporal hands tasks out more slowly than workers could take them.", "temporal.queue-rate-limited"
        ),
    ),
    transient=True,
)
LIMITED = Code(
    id="temporal.queue-rate-limited",
    meaning="Workers are idle while tasks wait: Temporal dispatches no more tasks of the queue in a second, as a limit "
    "was set for it in Temporal, by the options of a worker, or by the server's configuration.",
    fix="Raise the limit, or take it back.",
)
# A limit near its rate holds tasks back; one task in half a minute is the smallest rate that is seen.
NEAR, ONE_TASK = 0.8, 1 / 30
# What waits no longer, or is done soon at the limit, is what limits are for.
LIMITED_WAIT_S, LASTS_S = 20.0, 120.0
LONG_S = 600.0
# Rates are averages over the last half minute.
GROWS = 0.1
LEAST_RATE = 0.05
"""The least rate that is not shown as 0.0."""
# A queue has four, unless the server's configuration has another number, and tasks are spread evenly.
PARTITIONS = 4
YOUNG = "This version of Temporal does not report for how long they wait: describe the queue again in a minute."


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """The waiting tasks of one kind."""

    kind: str
    what: str
    number: int
    waited_s: float
    added: float
    dispatched: float
    limit: RateLimit | None

    def is_throttled_by(self, limit: RateLimit) -> bool:
        """Whether its dispatch rate is at a limit; the rate is an average of whole tasks over half a minute."""
        is_long = self.waited_s > LIMITED_WAIT_S and self.number > LASTS_S * limit.per_second
        return is_long and (limit.active or self.dispatched + ONE_TASK >= NEAR * limit.per_second)

    @property
    def text(self) -> str:
        """The tasks as text, without an age where the server reports none."""
        grows = (
            f" and {self.added - self.dispatched:.1f} more each second" if self.added - self.dispatched >= GROWS else ""
        )
        return f"{self.number} {self.what} wait{grows}, the oldest for {self.waited_s:.0f} s"


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
        if queue.name in idle:
            continue
        waiting = _waiting(queue, ctx.target.request.thresholds)
        limited = [each for each in _limited(queues, queue) if not waiting or each[0].kind in waiting]
        if limited:
            yield _limited_finding(ctx, queue, *limited[0], is_large=bool(waiting) or _lasts(*limited[0]))
        elif waiting:
            yield _finding(ctx, queue, next(iter(waiting.values())))


def _backlogs(queue: Queue) -> tuple[Backlog, ...]:
    limits = {each.kind: each for each in queue.limits}
    return (
        Backlog(
            kind="activity",
            what="activities",
            number=queue.activities,
            waited_s=queue.activities_waited_s,
            added=queue.activities_add_rate,
            dispatched=queue.activities_dispatch_rate,
            limit=limits.get("activity"),
        ),
        Backlog(
            kind="workflow",
            what="workflow tasks",
            number=queue.backlog,
            waited_s=queue.waited_s,
            added=queue.add_rate,
            dispatched=queue.dispatch_rate,
            limit=limits.get("workflow"),
        ),
    )


def _waiting(queue: Queue, allowed: Thresholds) -> dict[str, str]:
    """Returns the backlogs of a queue by kind as text, where they are large and old enough."""
    found = {}
    for each in _backlogs(queue):
        if each.number * PARTITIONS > allowed.queue_backlog and not queue.aged:
            found[each.kind] = f"at least {each.number} {each.what} wait"
        elif each.number > allowed.queue_backlog and each.waited_s > allowed.queue_wait_s:
            found[each.kind] = each.text
    return found


def _limited(queues: tuple[Queue, ...], queue: Queue) -> Iterator[tuple[Backlog, RateLimit]]:
    """Yields the backlogs that a rate limit holds back although workers have free slots for them."""
    for each in _backlogs(queue):
        if queue.aged and each.limit and each.is_throttled_by(each.limit) and has_free_slots(queues, queue, each.kind):
            yield each, each.limit


def _lasts(of: Backlog, limit: RateLimit) -> bool:
    """Whether even a small backlog takes long at its limit."""
    return of.number > LONG_S * limit.per_second


def _describe(ctx: Context, queue: Queue) -> str:
    """Returns a queue as text: backlog, rates, and pollers."""
    seen = [poller.last_access for poller in queue.all_pollers if poller.last_access]
    last = f", the last {max(ctx.age(max(seen)).total_seconds(), 0):.0f} s ago" if seen else ""
    polled = f"{len(queue.all_pollers)} pollers{last}"
    if not queue.aged:
        return f"one partition has {queue.backlog} workflow tasks and {queue.activities} activities that wait; {polled}"
    waiting = (
        _rates(f"{queue.backlog} workflow tasks wait", queue.add_rate, queue.dispatch_rate),
        _rates(f"{queue.activities} activities", queue.activities_add_rate, queue.activities_dispatch_rate),
    )
    return f"{', '.join(waiting)}; {polled}"


def _rates(waiting: str, added: float, dispatched: float) -> str:
    """Returns what waits, with its rates where there are any."""
    is_still = max(added, dispatched) < LEAST_RATE
    return waiting if is_still else f"{waiting} ({added:.1f}/s added, {dispatched:.1f}/s dispatched)"


def _limited_finding(ctx: Context, queue: Queue, of: Backlog, limit: RateLimit, *, is_large: bool) -> Finding:
    """Returns the finding about a limit of the queue's rate; a short delay may be what was intended."""
    kind = ("--task-queue-type", of.kind)
    name = {"--task-queue": queue.name}
    raise_it = {
        "queue": change_step(
            ctx,
            "Take the limit back, or set a higher one.",
            "task-queue",
            "config",
            "set",
            options=name,
            flags=(*kind, "--queue-rps-limit", "default"),
        ),
        "worker": Step(
            "Raise the limit in the worker's options (maxTaskQueueActivitiesPerSecond, or what its SDK calls it).",
            ctx.owner.list_env(),
        ),
        "server": Step(
            "Raise the limit in the server's dynamic configuration, if a ConfigMap has it, or use more queues.",
            server_settings(ctx, "DispatchRate"),
        ),
    }[limit.source]
    since = f" since {limit.since:%Y-%m-%d %H:%M} UTC" if limit.since else ""
    why = f' ("{truncate(one_line(limit.reason), 40)}")' if limit.reason else ""
    rate = f"{limit.per_second:g} {of.what}/s"
    who = f"Queue {queue.name} is limited"
    if limit.source != "queue":
        who = f"The {limit.source} limits queue {queue.name}"
    given = "; ".join(filter(None, (limit.reason, f"by {limit.by}" if limit.by else "", since.strip())))
    seen = (
        ctx.record_evidence(f"queue {queue.name}", _describe(ctx, queue)),
        ctx.record_evidence(f"configuration of queue {queue.name}", f"{rate}, set by the {limit.source}; {given}"),
    )
    return LIMITED.finding(
        f"{who} to {rate}{since}{why}: {of.number} wait while workers are idle.",
        raise_it,
        Step(
            "Show the limits.",
            frontend(ctx).temporal("task-queue", "config", "get", options=name, flags=kind),
        ),
        describe_queue(ctx, queue.name),
        severity=None if is_large else Severity.WARNING,
        subjects=(f"queue/{queue.name}",),
        evidence=seen,
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
    codes=(BACKLOG, LIMITED),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *optional(EVENTS)),
)
