"""Judges schedules: whether they start what they should, and what became of what they started. Pure.

Which schedules the worker should have: those that its log says it has set up, else those of its kind.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from diagnose.check.api import Context, NotApplicableError
from diagnose.domain.temporal.queries import frontend
from diagnose.domain.temporal.workflows import is_of_dependency
from diagnose.logs.signatures import Writer
from diagnose.model.report import Step
from diagnose.queries.workflow_executions import FAILED_RESULTS, EndedExecution, Executions, RunningExecution, Schedule


def set_up(ctx: Context) -> list[str]:
    """The schedules that the latest logs of ready workers of the present template name."""
    pattern = ctx.target.profile.schedule_set_up
    current = {pod.name for pod in ctx.target.current_pods}
    found: dict[str, None] = {}
    for log in ctx.run_data.logs():
        if pattern and log.ready and log.writer is Writer.WORKER and log.pod in current:
            hits = (re.search(pattern, entry.text) for entry in log.entries)
            found.update((hit["id"], None) for hit in hits if hit)
    return list(found)


def own(ctx: Context, executions: Executions) -> list[Schedule]:
    """The schedules of the worker that are there.

    Raises:
        NotApplicableError: there is none.
    """
    named, kinds = set(set_up(ctx)), ctx.target.profile.schedules
    found = [each for each in executions.schedules if each.id in named or each.id.startswith(kinds or ("\0",))]
    if not found:
        raise NotApplicableError("Temporal has no schedule of the worker")
    return found


def names(schedules: list[str]) -> str:
    """Schedules in words: the first, and how many more."""
    more = f" and {len(schedules) - 1} more" if len(schedules) > 1 else ""
    return f"Schedule {schedules[0]}{more}"


def describe(ctx: Context, schedule: str) -> Step:
    """The step that shows a schedule: what it starts, in which queue, and what became of it."""
    return Step(
        text="See what it starts, and what became of that.",
        command=frontend(ctx).temporal("schedule", "describe", options={"--schedule-id": schedule}),
    )


# The scheduler starts within seconds; after an outage it needs some more to go on.
LATE = timedelta(seconds=120)
# So many starts left out are no passing trouble.
LEFT_OUT = 3
SHORT_WAIT, LONG_WAIT = timedelta(seconds=60), timedelta(minutes=5)
IN_A_ROW = 3


def is_overdue(schedule: Schedule, now: datetime) -> bool:
    """Whether the time of its next start has passed, and nothing was started."""
    return not schedule.paused and schedule.next_at is not None and now - schedule.next_at > LATE


def blocked_by(
    schedule: Schedule, running: Iterable[RunningExecution], now: datetime, polled: Iterable[str]
) -> RunningExecution | None:
    """The run that a schedule waits for: it starts no second one beside it.

    One in a queue that nobody here polls waits for ever; of any other it is only known that it takes long.
    """
    period = timedelta(seconds=max(schedule.every_s, schedule.gap_s))
    own = sorted((each for each in running if each.schedule == schedule.id and each.since), key=lambda e: str(e.since))
    if schedule.paused or not own or not period:
        return None
    patience = max(LEFT_OUT * period, LONG_WAIT if own[0].queue in set(polled) else SHORT_WAIT)
    since = [each for each in (own[0].since, schedule.last_at) if each]
    return own[0] if now - max(since) > patience else None


def failed_in_a_row(schedule: Schedule, ended: Iterable[EndedExecution]) -> int:
    """How many of its runs have failed since the last that did not."""
    own = sorted((each for each in ended if each.schedule == schedule.id and each.at), key=lambda e: str(e.at))
    if own and own[-1].completed:
        return 0
    seen = len(list(takewhile(lambda each: not each.completed, reversed(own))))
    known = [each for each in schedule.results if each not in {"", "RUNNING"}]
    return max(seen, len(list(takewhile(lambda each: each in FAILED_RESULTS, reversed(known)))))


def reason_of(schedule: Schedule, ended: Iterable[EndedExecution]) -> str:
    """Why its last run failed, where that is known."""
    own = [each for each in ended if each.schedule == schedule.id and each.reason]
    return max(own, key=lambda each: str(each.at)).reason if own else schedule.reason


def is_failing(schedule: Schedule, ended: tuple[EndedExecution, ...]) -> bool:
    """Whether its runs fail one after the other, by more than a dependency's trouble."""
    return failed_in_a_row(schedule, ended) >= IN_A_ROW and not is_of_dependency(reason_of(schedule, ended))
