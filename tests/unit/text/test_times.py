"""Times of RFC 3339, with as many digits of a second as Go writes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.text.times import parse, to_text

AT = datetime(2026, 11, 24, 18, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24T18:00:01Z", AT),
        ("2026-11-24T18:00:01.5Z", AT + timedelta(seconds=0.5)),
        ("2026-11-24T18:00:01.123456Z", AT + timedelta(microseconds=123456)),
        ("2026-11-24T18:00:01.123456789Z", AT + timedelta(microseconds=123456)),
        ("2026-11-24T20:00:01.000000000+02:00", AT),
        ("2026-11-24T12:30:01-05:30", AT),
    ],
)
def test_the_time(text: str, at: datetime) -> None:
    assert parse(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-11-24", "2026-11-24T18:00:01", "2026-11-24 18:00:01Z", "20261124T180001Z", "2026-13-24T18:00:01Z",
     "2026-11-24T18:00:61Z", "2026-11-24T18:00:01.Z", "2026-11-24T18:00:01Z\n", "٢٠٢٦-11-24T18:00:01Z"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    assert parse(text) is None


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_a_time_is_read_as_it_is_written(at: datetime) -> None:
    assert parse(at.isoformat()) == at
    if datetime(1900, 1, 1, tzinfo=UTC) < at:
        assert parse(to_text(at)) == at.replace(microsecond=0)
