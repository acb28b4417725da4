"""Values of Temporal's messages, which may be newer than their definitions here or beyond what Python's types have."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH, _DAYS = datetime(1970, 1, 1, tzinfo=UTC), 2_900_000
"""Until the year 9909; `datetime` ends with 9999."""


def name_of(enum: Any, number: int, prefix: str = "") -> str:
    """Returns the name of a value of an enumeration, or its number where only a newer server has it."""
    return str(enum.Name(number)).removeprefix(prefix) if number in enum.values() else str(number)


def time_of(stamp: Any) -> datetime:
    """Returns the time of a Timestamp."""
    return _EPOCH + min(max(timedelta(), _span(stamp)), timedelta(days=_DAYS))


def seconds_of(duration: Any) -> float:
    """Returns the seconds of a Duration."""
    return _span(duration).total_seconds()


def _span(value: Any) -> timedelta:
    limit = _DAYS * 86_400
    return timedelta(seconds=min(max(value.seconds, -limit), limit), microseconds=value.nanos // 1_000)
