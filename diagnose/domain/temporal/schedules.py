"""Evaluates schedules: which belong to the worker, whether they start their workflows, and the results of those."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from diagnose.check.api import Code, Context, NotApplicableError
from diagnose.domain.temporal.queries import frontend, own_queues
from diagnose.domain.temporal.workflows import is_of_dependency
from diagnose.logs.signatures import Writer
from diagnose.model.report import Finding, Step
from diagnose.queries.workflow_executions import FAILED_RESULTS, EndedExecution, Executions, RunningExecution, Schedule
from diagnose.text.characters import one_line
from diagnose.text.sentences import listed, truncate


def configured_schedules(ctx: Context) -> list[str]:
    """Returns the schedules in the latest logs of ready workers of the current template."""
    pattern = ctx.target.profile.schedule_set_up
    current = {pod.name for pod in ctx.target.current_pods}
    found: dict[str, None] = {}
    for log in ctx.logs():
        if pattern and log.ready and log.writer is Writer.WORKER and log.pod in current:
            hits = (re.search(pattern, entry.text) for entry in log.entries)
            found.update((hit["id"], None) for hit in hits if hit)
    return list(found)


def worker_schedules(ctx: Context, executions: Executions) -> list[Schedule]:
    """Returns the existing schedules of the worker: by its log, its profile, or the queues of their workflows.

    Raises:
        NotApplicableError: there is none.
    """
    queues = own_queues(ctx)
    started = {each.schedule for each in executions.running if each.queue in queues}
    started |= {each.schedule for each in executions.ended if each.queue in queues}
    named, prefixes = {*configured_schedules(ctx), *started}, ctx.target.profile.schedules
    found = [
        each
        for each in executions.schedules
        if each.id in named or each.queue in queues or each.id.startswith(prefixes or ("\0",))
    ]
    if not found:
        raise NotApplicableError("Temporal has no schedule of the worker")
    return found


def schedule_names(schedules: list[str]) -> str:
    """Returns schedules as text: the first, and the number of the others."""
    return f"Schedule {listed(schedules, 1)}"


def describe_schedule(ctx: Context, schedule: str) -> Step:
    """Returns the step that shows a schedule with its workflow, queue and results."""
    return Step(
        "Show its workflow and the results of its last runs.",
        frontend(ctx).temporal("schedule", "describe", options={"--schedule-id": schedule}),
    )


def runs_finding(
    ctx: Context, code: Code, schedule: Schedule, which: str, reason: str, step: Step, *, longest: int, after: str = ""
) -> Finding:
    """Returns the finding about failed runs of a schedule, with their reason up to a length."""
    message = one_line(reason).rstrip(".")
    why = f": {truncate(message, longest)}" if message else ""
    results = f"{', '.join(schedule.results)}; {truncate(message, 200)}"
    return code.finding(
        f"{which} of schedule {schedule.id} failed{why}{after}.",
        describe_schedule(ctx, schedule.id),
        step,
        subjects=(f"schedule/{schedule.id}", f"workflow/{schedule.workflow}"),
        evidence=(ctx.record_evidence(f"schedule {schedule.id}", results),),
    )


# The scheduler starts workflows within seconds; after an outage it needs some more.
LATE = timedelta(seconds=120)
# So many missed starts are no transient problem.
MISSED_STARTS = 3
SHORT_WAIT, LONG_WAIT = timedelta(seconds=60), timedelta(minutes=5)
# After so many missed starts a run that takes long takes far longer than its schedule means it to.
FAR_TOO_LONG = 10
IN_A_ROW = 3


def is_overdue(schedule: Schedule, now: datetime) -> bool:
    """Whether the time of its next start has passed without a start."""
    return not schedule.paused and schedule.next_at is not None and now - schedule.next_at > LATE


def blocked_by(
    schedule: Schedule, running: Iterable[RunningExecution], now: datetime, polled: Iterable[str]
) -> RunningExecution | None:
    """Returns the run that blocks a schedule, which starts no second run in parallel, or None.

    A run in an unpolled queue waits indefinitely; any other may only take long, so it gets more time.
    """
    period = timedelta(seconds=max(schedule.every_s, schedule.gap_s))
    runs = sorted((each for each in running if each.schedule == schedule.id and each.since), key=lambda e: str(e.since))
    if schedule.paused or not runs or not period:
        return None
    long = min(LONG_WAIT, max(FAR_TOO_LONG * period, SHORT_WAIT))
    patience = max(MISSED_STARTS * period, long if runs[0].queue in set(polled) else SHORT_WAIT)
    since = [each for each in (runs[0].since, schedule.last_at) if each]
    return runs[0] if now - max(since) > patience else None


def failed_in_a_row(schedule: Schedule, ended: Iterable[EndedExecution]) -> int:
    """Returns the number of failed runs since the last successful one."""
    runs = sorted((each for each in ended if each.schedule == schedule.id and each.at), key=lambda e: str(e.at))
    if runs and runs[-1].completed:
        return 0
    of_runs = len(list(takewhile(lambda each: not each.completed, reversed(runs))))
    known = [each for each in schedule.results if each not in {"", "RUNNING"}]
    return max(of_runs, len(list(takewhile(lambda each: each in FAILED_RESULTS, reversed(known)))))


def reason_of(schedule: Schedule, ended: Iterable[EndedExecution]) -> str:
    """Returns why its last run failed, or "" where that is unknown."""
    runs = [each for each in ended if each.schedule == schedule.id and each.reason]
    return max(runs, key=lambda each: str(each.at)).reason if runs else schedule.reason


def is_failing(schedule: Schedule, ended: tuple[EndedExecution, ...]) -> bool:
    """Whether its runs fail repeatedly, for another reason than a failing dependency."""
    return failed_in_a_row(schedule, ended) >= IN_A_ROW and not is_of_dependency(reason_of(schedule, ended))
