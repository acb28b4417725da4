"""The API server's clock is the one that ages are judged by, wherever `diagnose` runs."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from diagnose.sources.kubernetes.clock import ServerClock


def ahead(date: str | None) -> timedelta:
    clock = ServerClock()
    clock.observe(date)
    return clock.now() - datetime.now(UTC)


@pytest.mark.parametrize("hours", [-3, 5])
def test_the_present_is_what_the_api_server_says(hours: int) -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)

    assert abs(ahead(header) - timedelta(hours=hours)) < timedelta(seconds=2)


def test_a_second_is_within_the_header_s_precision() -> None:
    header = format_datetime(datetime.now(UTC) - timedelta(seconds=1), usegmt=True)

    assert abs(ahead(header)) < timedelta(seconds=0.5)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 29 Nov 2026 17:41:17", "Sun, 99 Nov 2026 17:41:17 GMT"])
def test_an_answer_without_a_time_changes_nothing(date: str | None) -> None:
    assert abs(ahead(date)) < timedelta(seconds=0.5)
