"""How the API server's events are read."""

from datetime import UTC, datetime

import msgspec
import pytest

from diagnose.resources import Event


def at(minute: int, micros: int = 0) -> datetime:
    """A time of one hour."""
    return datetime(2026, 11, 24, 18, minute, 0, micros, tzinfo=UTC)


def read(**fields: object) -> Event:
    """An event with these fields, as the API gives it."""
    metadata = {"name": "worker-1.1", "creationTimestamp": "2026-11-24T18:01:00Z"}
    return msgspec.json.decode(msgspec.json.encode({"metadata": metadata, **fields}), type=Event)


def test_an_event_that_stands_for_many_reads_as_one_of_them() -> None:
    found = read(message="(combined from similar events): Readiness probe errored")
    assert found.message == "Readiness probe errored"


@pytest.mark.parametrize(
    ("fields", "first", "last", "times"),
    [
        ({}, at(1), at(1), 1),
        ({"firstTimestamp": None, "lastTimestamp": None, "eventTime": None, "count": None}, at(1), at(1), 1),
        (
            {"firstTimestamp": "2026-11-24T18:02:00Z", "lastTimestamp": "2026-11-24T18:09:00Z", "count": 7},
            at(2), at(9), 7,
        ),
        ({"eventTime": "2026-11-24T18:03:00.000042Z"}, at(3, 42), at(3, 42), 1),
        (
            {
                "eventTime": "2026-11-24T18:03:00.000000Z",
                "series": {"count": 12, "lastObservedTime": "2026-11-24T18:20:00.000001Z"},
            },
            at(3), at(20, 1), 12,
        ),
        ({"eventTime": "2026-11-24T18:03:00.000000Z", "series": None, "count": 0}, at(3), at(3), 1),
        ({"lastTimestamp": "2026-11-24T19:09:00+01:00"}, at(9), at(9), 1),
    ],
)  # fmt: skip
def test_occurrences_are_those_of_either_api(
    fields: dict[str, object], first: datetime, last: datetime, times: int
) -> None:
    found = read(**fields)
    assert (found.first_at, found.seen_at, found.occurrences) == (first, last, times)


def test_a_time_without_its_zone_is_no_answer() -> None:
    with pytest.raises(msgspec.ValidationError):
        read(lastTimestamp="2026-11-24T18:09:00")
