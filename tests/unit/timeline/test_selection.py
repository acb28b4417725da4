"""What a timeline keeps, and which of its moments it names."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from diagnose.engine.runner import attempt
from diagnose.model.timeline import Moment, MomentKind, Nature, Precision
from diagnose.timeline import MAX_MOMENTS, MAX_MOMENTS_HEALTHY
from diagnose.timeline.moments import Link, LinkedMoment, moment
from diagnose.timeline.selection import NamedChange, select

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def told(
    minutes: float,
    nature: Nature = Nature.WRONG,
    link: Link = Link.DIRECT,
    *,
    kind: MomentKind = MomentKind.EVENT,
    until: float | None = None,
    still: bool = False,
    words: str = "",
) -> LinkedMoment:
    summary = words or f"{nature} {minutes} minutes ago"
    last = at(until) if until is not None else None
    return moment(at(minutes), nature, kind, "pod/a", summary, "test", link=link, until=last, still=still)


def first(*moments: LinkedMoment) -> Moment:
    found = select(moments, NOW, (), failed=True).first_wrong
    assert found is not None
    return found


def test_the_earliest_of_what_hangs_together_is_first() -> None:
    assert first(told(1), told(3), told(5)).at == at(5)


def test_trouble_that_was_over_long_before_is_another_one() -> None:
    assert first(told(1), told(50)).at == at(1)


def test_what_repeats_or_lasts_bridges_the_time_between() -> None:
    assert first(told(1), told(50, until=2)).at == at(50)
    assert first(told(1), told(300, still=True)).at == at(300)


def test_what_is_well_again_belongs_to_it_only_directly_before() -> None:
    assert first(told(5), told(6, link=Link.NEAR)).at == at(6)
    assert first(told(5), told(9, link=Link.NEAR)).at == at(5)


def test_what_every_start_brings_along_counts_only_where_nothing_else_is_known() -> None:
    assert first(told(1), told(2, link=Link.SOFT)).at == at(1)
    assert first(told(2, link=Link.SOFT)).at == at(2)


def test_leftovers_alone_are_no_trouble() -> None:
    assert select([told(1, link=Link.FAR), told(2, link=Link.NEAR)], NOW, (), failed=True).first_wrong is None


def test_the_last_change_is_the_latest_before_what_went_wrong_and_never_a_later_one() -> None:
    found = select(
        [told(5), told(9, Nature.CHANGE), told(7, Nature.CHANGE), told(1, Nature.CHANGE)], NOW, (), failed=True
    )
    assert found.last_change is not None
    assert found.last_change.at == at(7)


def test_within_one_second_a_change_and_a_log_come_before_the_end_they_led_to() -> None:
    second = at(5)
    fraction = second + timedelta(microseconds=700_000)
    ended = moment(second, Nature.WRONG, MomentKind.RESTART, "pod/a", "ended", "status", link=Link.DIRECT)
    said = moment(fraction, Nature.WRONG, MomentKind.LOG, "pod/a", "said", "log", link=Link.DIRECT)
    changed = moment(second, Nature.CHANGE, MomentKind.ROLLOUT, "deployment/a", "made", "creation time")
    found = select([ended, said, changed], NOW, (), failed=True)
    assert [each.summary for each in found.moments] == ["made", "said", "ended"]
    assert found.first_wrong == said.moment
    assert found.last_change == changed.moment
    assert (said.moment.precision, ended.moment.precision) == (Precision.EXACT, Precision.SECOND)


def test_where_nothing_failed_nothing_is_named() -> None:
    found = select([told(1), told(2, Nature.CHANGE)], NOW, (), failed=False)
    assert (found.first_wrong, found.last_change) == (None, None)


@pytest.mark.parametrize(("failed", "most"), [(True, MAX_MOMENTS), (False, MAX_MOMENTS_HEALTHY)])
def test_what_exceeds_the_limit_is_counted_and_the_nearest_to_the_first_error_stay(failed: bool, most: int) -> None:
    notes = [told(100 + number, Nature.NOTE, Link.FAR, words=f"note {number}") for number in range(1_000)]
    named = [told(5), told(30 * 24 * 60, Nature.CHANGE)]
    found = select([*notes, *named], NOW, (), failed=failed)
    assert len(found.moments) == most
    assert found.left_out == 1_002 - most
    assert "note 0" in {each.summary for each in found.moments}
    assert "note 999" not in {each.summary for each in found.moments}
    assert {each.moment for each in named} <= set(found.moments)


def test_the_order_in_which_moments_are_found_changes_nothing() -> None:
    moments = [told(number % 7, words=f"event {number}") for number in range(40)]
    assert select(moments, NOW, (), failed=True) == select(list(reversed(moments)), NOW, (), failed=True)


def test_quoted_messages_are_one_line_and_truncated_with_a_mark() -> None:
    long = moment(NOW, Nature.NOTE, MomentKind.EVENT, "pod/a", "a\nb " + "word " * 200, "test").moment
    assert long.summary.startswith("a b word")
    assert long.summary.endswith("…")
    assert len(long.summary) <= 240


def test_a_mistake_costs_only_what_was_attempted_and_says_no_secret() -> None:
    def fails() -> str:
        raise ValueError("password=hunter2hunter2")

    assert "hunter2" not in attempt(fails, lambda why: why)
    assert "ValueError" in attempt(fails, lambda why: why)


def test_the_change_that_the_cause_is_about_precedes_a_later_one_of_what_it_also_names() -> None:
    edited = replace(told(9, Nature.CHANGE).moment, subject="configmap/settings")
    restarted = replace(told(8, Nature.CHANGE).moment, subject="deployment/worker")
    moments = [told(7), *(LinkedMoment(each, Link.NEAR) for each in (edited, restarted))]
    named = NamedChange(subjects=("configmap/settings", "deployment/worker"))
    assert select(moments, NOW, (), named, failed=True).last_change == edited
    assert select(moments, NOW, (), failed=True).last_change == restarted
