"""Judges schedules: whether they start what they should, and what became of what they started. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from diagnose.domain.temporal.workflows import is_of_dependency
from diagnose.queries.workflow_executions import FAILED_RESULTS, Ended, Running, Schedule

# The scheduler starts within seconds; after an outage it needs some more to go on.
LATE = timedelta(seconds=120)
# So many starts left out are no passing trouble.
LEFT_OUT = 3
SHORT_WAIT, LONG_WAIT = timedelta(seconds=60), timedelta(minutes=5)
IN_A_ROW = 3


def is_overdue(schedule: Schedule, now: datetime) -> bool:
    """Whether the time of its next start has passed, and nothing was started."""
    return not schedule.paused and schedule.next_at is not None and now - schedule.next_at > LATE


def blocked_by(schedule: Schedule, running: Iterable[Running], now: datetime, polled: Iterable[str]) -> Running | None:
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


def failed_in_a_row(schedule: Schedule, ended: Iterable[Ended]) -> int:
    """How many of its runs have failed since the last that did not."""
    own = sorted((each for each in ended if each.schedule == schedule.id and each.at), key=lambda e: str(e.at))
    if own and own[-1].completed:
        return 0
    seen = len(list(takewhile(lambda each: not each.completed, reversed(own))))
    known = [each for each in schedule.results if each not in {"", "RUNNING"}]
    return max(seen, len(list(takewhile(lambda each: each in FAILED_RESULTS, reversed(known)))))


def reason_of(schedule: Schedule, ended: Iterable[Ended]) -> str:
    """Why its last run failed, where that is known."""
    own = [each for each in ended if each.schedule == schedule.id and each.reason]
    return max(own, key=lambda each: str(each.at)).reason if own else schedule.reason


def is_failing(schedule: Schedule, ended: tuple[Ended, ...]) -> bool:
    """Whether its runs fail one after the other, by more than a dependency's trouble."""
    return failed_in_a_row(schedule, ended) >= IN_A_ROW and not is_of_dependency(reason_of(schedule, ended))
