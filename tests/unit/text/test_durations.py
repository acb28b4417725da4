"""Durations are read as kubectl's flags take them, and written as they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.text.durations import parse, to_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("500ms", 0.5),
        ("2d", 172_800),
        ("60", 60),
        (" 7.5 ", 7.5),
    ],
)
def test_what_is_a_duration(text: str, seconds: float) -> None:
    assert parse(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5x", "-1s", "1m1", "nan", "inf", "1e4", "5 m", "5m 3s", "9" * 20])
def test_what_is_none(text: str) -> None:
    assert parse(text) is None


@given(st.integers(0, 10**7))
def test_whole_seconds_are_written_as_they_are_read(seconds: int) -> None:
    assert parse(to_text(seconds)) == seconds
