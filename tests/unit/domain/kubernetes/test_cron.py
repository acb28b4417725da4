"""When a schedule is due."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from diagnose.domain.kubernetes import cron

AT = datetime(2026, 11, 24, 18, 30, 20, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", "2026-11-24 18:31"),
        ("*/5 * * * *", "2026-11-24 18:35"),
        ("0 3 * * *", "2026-11-25 03:00"),
        ("30 18 * * *", "2026-11-25 18:30"),
        ("15,45 8-10 * * mon-fri", "2026-11-25 08:15"),
        ("0 0 1 JAN ?", "2027-01-01 00:00"),
        ("0 0 * * 7", "2026-11-29 00:00"),
        ("0 0 13 * 5", "2026-11-27 00:00"),
        ("0 0 */9 * 5", "2026-11-27 00:00"),
        ("0 0 */1 * 5", "2026-11-27 00:00"),
        ("0 0 */3 * 5", "2026-11-25 00:00"),
        ("5/20 * * * *", "2026-11-24 18:45"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("@hourly", "2026-11-24 19:00"),
        ("@weekly", "2026-11-29 00:00"),
    ],
)
def test_the_next_time_is_the_first_that_all_fields_allow(text: str, expected: str) -> None:
    schedule = cron.parse(text)
    assert schedule
    assert f"{schedule.next_after(AT):%Y-%m-%d %H:%M}" == expected


def test_a_date_that_no_year_has_never_comes() -> None:
    schedule = cron.parse("0 0 30 2 *")
    assert schedule
    assert schedule.next_after(AT) is None


def test_a_time_zone_moves_the_day() -> None:
    schedule = cron.parse("0 1 * * *")
    assert schedule
    due = schedule.next_after(AT.astimezone(ZoneInfo("Asia/Tokyo")))
    assert due
    assert due.astimezone(UTC) == datetime(2026, 11, 25, 16, tzinfo=UTC)


def test_an_hour_that_spring_skips_is_not_due() -> None:
    schedule = cron.parse("30 2 * * *")
    assert schedule
    due = schedule.next_after(datetime(2026, 3, 28, 3, tzinfo=ZoneInfo("Europe/Berlin")))
    assert f"{due:%m-%d %H:%M}" == "03-30 02:30"


@pytest.mark.parametrize("text", ["", "* * * *", "61 * * * *", "* * 0 * *", "x * * * *", "@every 5m", "5-1 * * * *"])
def test_what_is_no_schedule_is_none(text: str) -> None:
    assert cron.parse(text) is None
