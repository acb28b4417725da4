"""Checks that the worker's schedules start their workflows; a schedule starts none while its last run is open.

If Temporal's scheduler is stuck, a next start has passed; a schedule that waits for its last run has a future next
start, and skips it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from difflib import get_close_matches

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands.owner import Owner
from diagnose.domain.delivery.differences import Difference, as_text, differences
from diagnose.domain.delivery.template_change import last_use
from diagnose.domain.temporal.queries import (
    change_step,
    executions_of,
    frontend,
    own_queues,
    query_temporal,
    servers,
    temporal_of,
)
from diagnose.domain.temporal.schedules import (
    blocked_by,
    configured_schedules,
    describe_schedule,
    is_overdue,
    schedule_names,
    worker_schedules,
)
from diagnose.domain.temporal.task_queues import describe_queue
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.workflow_executions import RunningExecution, Schedule
from diagnose.resources import Deployment, ReplicaSet
from diagnose.target.ownership import owned_by
from diagnose.target.service_names import service_of
from diagnose.target.target import REVISION
from diagnose.text.sentences import joined, listed
from diagnose.text.times import EARLIEST, to_text

OVERDUE = Code(
    id="temporal.schedule-overdue",
    meaning="The next start of a schedule has passed without a start: Temporal's own worker service, which "
    "runs the schedules, is down or delayed. The queues of the application are not affected.",
    fix="Repair Temporal's internal worker service; schedules then continue.",
    transient=True,
)
BLOCKED = Code(
    id="temporal.schedule-blocked",
    meaning="A schedule skips its starts, because its last run has not ended and it may not start a second "
    "one in parallel. Where that run waits in a queue that no worker polls, it never ends.",
    fix="Let a worker poll the queue of the run, or let the run end, and fix why it did not.",
    transient=True,
)

EXHAUSTED = Code(
    id="temporal.schedule-exhausted",
    meaning="A schedule is not paused, and has no further start: it has used the number of actions that it was limited "
    "to, its end has passed, or its calendar matches no time any more. Nothing reports that, and its last run may have "
    "succeeded.",
    fix="Give it more actions, a later end or another calendar; or delete it, if it is over.",
    stage=stages.SCHEDULES,
    explained_by=(),
)
COMPONENT = "app.kubernetes.io/component"
RECENT = timedelta(days=1)


class ServerChange(msgspec.Struct, frozen=True):
    """The last change of the Deployment that runs Temporal's own worker service."""

    owner: Owner
    differences: tuple[Difference, ...]
    at: datetime
    by: str

    @property
    def name(self) -> str:
        """The Deployment, as a sentence names it."""
        return f"Deployment {self.owner.namespace}/{self.owner.name}"

    @property
    def text(self) -> str:
        """When and how it was changed."""
        by = f" by {self.by}" if self.by else ""
        return f"changed{by} at {to_text(self.at)}: {as_text(self.differences, self.differences[0].container)}"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The step that takes it back."""
        fields = joined(each.label(each.container) for each in self.differences)
        text = f"Take back the last change of {self.name}, which runs Temporal's scheduler ({fields})."
        changes = f"{self.owner.resource} {self.owner.namespace}/{self.owner.name}"
        return (Step(text, self.owner.rollout("undo"), changes=changes),)


# Only queues in which tasks wait are described, of those that are not the worker's.
ELSEWHERE = "A worker of another workload polls that queue, and its run only takes long: its pollers show it."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields schedules that missed their starts."""
    executions, others = executions_of(ctx), query_temporal(ctx).waiting
    schedules = worker_schedules(ctx, executions)
    polled = {*own_queues(ctx), *(each.name for each in others if each.all_pollers)}
    late = [each for each in schedules if is_overdue(each, ctx.now)]
    if late:
        yield _overdue(ctx, sorted(late, key=lambda each: (each.next_at or EARLIEST, each.id)))
    for each in schedules:
        run = blocked_by(each, executions.running, ctx.now, polled)
        if run and each not in late:
            yield _blocked(ctx, each, run, waits=run.queue not in polled)
        if each.end:
            yield _exhausted(ctx, each)


def _overdue(ctx: Context, late: list[Schedule]) -> Finding:
    first = late[0]
    change = _server_change(ctx, first.next_at)
    text = f"{change.name} was {change.text}" if change else ""
    changed = (ctx.record_evidence("Temporal's server", text),) if change else ()
    return OVERDUE.finding(
        f"{schedule_names([each.id for each in late])} should have started at {first.next_at:%H:%M} UTC and has not: "
        "Temporal's scheduler is stuck.",
        *(change.steps if change else ()),
        Step("List Temporal's own pods: the worker service runs the schedules.", servers(temporal_of(ctx).host)),
        describe_schedule(ctx, first.id),
        subjects=tuple(f"schedule/{each.id}" for each in late),
        evidence=(
            *changed,
            *(
                ctx.record_evidence(f"schedule {each.id}", f"next start {each.next_at:%H:%M:%S} UTC")
                for each in late[:3]
            ),
        ),
    )


def _exhausted(ctx: Context, schedule: Schedule) -> Finding:
    last = f"; its last start was at {to_text(schedule.last_at)}" if schedule.last_at else ""
    change = Step(
        "Update it; an update replaces its whole specification, which this shows.",
        describe_schedule(ctx, schedule.id).command,
    )
    # What the worker sets up itself is to recur as long as it runs; others may have been made to end.
    is_own = schedule.id in configured_schedules(ctx) or schedule.id.startswith(ctx.target.profile.schedules)
    return EXHAUSTED.finding(
        f"Schedule {schedule.id} is not paused, but never starts again: {schedule.end}.",
        *_anew(ctx, schedule, "Delete it, and restart the worker, which creates it again."),
        change,
        severity=None if is_own else Severity.WARNING,
        subjects=(f"schedule/{schedule.id}", *((f"workflow/{schedule.workflow}",) if schedule.workflow else ())),
        evidence=(ctx.record_evidence(f"schedule {schedule.id}", f"no next start: {schedule.end}{last}"),),
    )


def _anew(ctx: Context, schedule: Schedule, text: str) -> tuple[Step, ...]:
    """Returns the step that lets the worker set a schedule up again, where the worker does that at its start."""
    if schedule.id not in {*configured_schedules(ctx), *ctx.target.profile.schedules}:
        return ()
    delete = frontend(ctx).temporal("schedule", "delete", options={"--schedule-id": schedule.id})
    return (Step(text, delete.then(ctx.owner.rollout("restart")), changes=f"schedule {schedule.id}"),)


def _blocked(ctx: Context, schedule: Schedule, run: RunningExecution, *, waits: bool) -> Finding:
    of_run = {"--workflow-id": run.workflow_id}
    is_proven = not waits or any(each.name == run.queue for each in query_temporal(ctx).waiting)
    if waits:
        nobody = "no worker polls" if is_proven else "this worker does not poll"
        why = f"its run waits in queue {run.queue}, which {nobody}"
        known = own_queues(ctx)
        near = get_close_matches(run.queue, known, n=1, cutoff=0.8)
        queue = f"queue {near[0]}" if near else f"a queue of this one: {listed(known, 3)}"
        likely = f", probably {near[0]}" if near else ""
        text = f"Delete the schedule, and restart the worker, which creates it again with its own queue{likely}."
        first = next(
            iter(_anew(ctx, schedule, text)),
            Step(f"Run a worker that polls {run.queue}, or let the schedule send to {queue}."),
        )
        condition = "If the schedule sends to another queue by now, end the run that waits in this one."
        read = describe_queue(ctx, run.queue)
    else:
        why = "its last run has not ended"
        first = Step("Let the run end: read what it waits for.")
        condition = "If the run is not needed, end it; the schedule continues at its next time."
        read = Step("Read how far it is.", frontend(ctx).temporal("workflow", "show", options=of_run))
    return BLOCKED.finding(
        f"Schedule {schedule.id} has started nothing since {run.since:%H:%M} UTC: {why}.",
        first,
        change_step(ctx, condition, "workflow", "terminate", options=of_run, flags=("--reason", "blocks")),
        read,
        describe_schedule(ctx, schedule.id),
        severity=Severity.CRITICAL if waits else Severity.WARNING,
        subjects=(f"schedule/{schedule.id}", f"queue/{run.queue}"),
        evidence=(ctx.record_evidence(f"execution {run.workflow_id}", f"{run.workflow} in queue {run.queue} runs"),),
        alternatives=() if is_proven else (ELSEWHERE,),
    )


def _server_change(ctx: Context, missed: datetime | None) -> ServerChange | None:
    """Returns the last change of what runs Temporal's worker service, where that came shortly before a missed start.

    One of the image is none that can be taken back: the server may have changed its database's schema.
    """
    namespace, _ = service_of(temporal_of(ctx).host, ctx.target) or ("", "")
    deployments = ctx.detail(lambda: ctx.list(Deployment, namespace)) or () if namespace else ()
    sets = ctx.detail(lambda: ctx.list(ReplicaSet, namespace)) or () if deployments else ()
    # One server may run all services; else the one that runs the schedules is the worker service.
    own = [each for each in deployments if each.metadata.labels.get(COMPONENT) == "worker"] or deployments
    for each in own if len(own) == 1 else ():
        made = [one for one in sets if owned_by(one.metadata, "Deployment", each.name)]
        before, now = [None, None, *sorted(made, key=lambda one: one.creation_order)][-2:]
        # One that is used again has been gone back to already.
        if now is None or now.metadata.annotations.get(REVISION) != each.metadata.annotations.get(REVISION):
            continue
        at, by = last_use(each, now)
        if not (before and at and missed and at <= missed <= at + RECENT):
            continue
        found = differences(before.spec.template, now.spec.template)
        if found and not any(one.field == ("image",) for one in found):
            return ServerChange(Owner("Deployment", each.name, namespace), found, at, by)
    return None


SCHEDULES_START = Check(
    id="temporal.schedules-start",
    title="The worker's schedules start their workflows",
    stage=stages.SCHEDULED_STARTS,
    # A start waits while no worker runs, but workflows that fail are not explained by one pod of many.
    explained_by=("workload.running", "workload.ready", "workload.replicas"),
    run=run,
    codes=(OVERDUE, BLOCKED, EXHAUSTED),
    reads=(
        *server_query(Scope.TEMPORAL),
        *optional(WORKER_LOGS, lists(Scope.TEMPORAL, Deployment, ReplicaSet)),
    ),
)
