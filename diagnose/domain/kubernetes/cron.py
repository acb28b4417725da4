"""When a schedule of a CronJob is due (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from diagnose.resources import CronJob

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MACROS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
# 29 February comes within eight years, also around a year without a leap day.
_DAYS = 8 * 366


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule: the values of its fields, and whether days of the month and of the week are limited."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    limits_days: bool
    limits_weekdays: bool

    def next_after(self, at: datetime) -> datetime | None:
        """Returns the first time after `at` at which it is due, in the same time zone; None where it never is."""
        start = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for number in range(_DAYS):
            day = start + timedelta(days=number)
            if not self._is_day(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = day.replace(hour=hour, minute=minute)
                    if found >= start and _exists(found):
                        return found
        return None

    def _is_day(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        # With limits of both kinds, one of them suffices.
        return (in_month or in_week) if self.limits_days and self.limits_weekdays else (in_month and in_week)


def _exists(at: datetime) -> bool:
    """Whether a time is none of the hour that its time zone skips in spring, in which the controller starts nothing."""
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)


def parse(text: str) -> Schedule | None:
    """Returns a schedule, None of a text that is none here, such as one with an interval (`@every`)."""
    fields = _MACROS.get(text.strip().lower(), text).split()
    if len(fields) != len(_FIELDS):
        return None
    try:
        values = [frozenset(_values(field, *limits)) for field, limits in zip(fields, _FIELDS, strict=True)]
    except ValueError:
        return None
    minutes, hours, days, months, weekdays = values
    return Schedule(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        limits_days=not _is_any(fields[2]),
        limits_weekdays=not _is_any(fields[4]),
    )


def zone_of(cron_job: CronJob) -> tzinfo:
    """Returns the time zone of the schedule; without one it is the controller's, which is mostly UTC."""
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(cron_job.spec.time_zone) if cron_job.spec.time_zone else UTC
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return UTC


def missed(cron_job: CronJob, schedule: Schedule, now: datetime, most: int) -> list[datetime]:
    """Returns the times at which it was due and started no Job, the first ones, at most so many."""
    since = cron_job.status.last_schedule_time or cron_job.metadata.creation_timestamp
    found: list[datetime] = []
    at = since.astimezone(zone_of(cron_job)) if since else None
    while at and len(found) < most and (at := schedule.next_after(at)) and at < now:
        found.append(at)
    return found


def _is_any(field: str) -> bool:
    """Whether a field limits nothing; steps such as */2 do, as the controller has it."""
    return not {"*", "?", "*/1", "?/1"}.isdisjoint(field.split(","))


def _values(field: str, lowest: int, highest: int) -> Iterator[int]:
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if first in {"*", "?"}:
            start, end = lowest, highest
        else:
            start = _number(first)
            end = _number(last) if last else (highest if step else start)
        if not (lowest <= start <= end <= highest):
            raise ValueError(field)
        yield from range(start, end + 1, max(int(step), 1) if step else 1)


def _number(text: str) -> int:
    name = text.upper()
    if name in _MONTHS:
        return _MONTHS.index(name) + 1
    return _WEEKDAYS.index(name) if name in _WEEKDAYS else int(text)
