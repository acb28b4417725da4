"""The band of the timeline: named moments at fixed places, all others between them, durations in words."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from diagnose.model.report import Report
from diagnose.model.timeline import Timeline
from reports.html.band import CHANGE, ERROR, NOW, Band, band
from reports.text.timeline import first_error_text
from tests.reports.samples import LOGIN_FAILED, NODE_BACK, QUIET, ROLLED_OUT, UNAVAILABLE, WITH_TIMELINE


def drawn(sample: Report = WITH_TIMELINE, **timeline: object) -> Band:
    found = band(replace(sample, timeline=replace(sample.timeline, **timeline)))
    assert found is not None
    return found


def test_the_change_the_error_and_the_report_have_their_places() -> None:
    stops = [(stop.x, stop.role, stop.when) for stop in drawn().stops]
    assert stops == [
        (CHANGE, "changed before that", "13:39:58"),
        (ERROR, "first error", "13:40:02"),
        (NOW, "report", "14:02:31"),
    ]


def test_the_durations_between_them_are_in_words() -> None:
    stretches = drawn().stretches
    assert [(each.duration, each.failing) for each in stretches] == [("4 s", False), ("22 min", True)]
    assert [each.x + each.width for each in stretches] == [ERROR, NOW]


@pytest.mark.parametrize(("apart", "words"), [(90, "90 s"), (300, "5 min"), (6_000, "1 h 40 min")])
def test_the_text_has_the_duration_of_the_band(apart: int, words: str) -> None:
    change = replace(ROLLED_OUT, at=LOGIN_FAILED.at - timedelta(seconds=apart))
    moments = replace(WITH_TIMELINE.timeline, moments=(change, LOGIN_FAILED), last_change=change)
    texts = dict(first_error_text(replace(WITH_TIMELINE, timeline=moments)))
    assert drawn(moments=moments.moments, last_change=change).stretches[0].duration == words
    assert f"({words} earlier)" in texts["changed before that"]


def test_a_change_of_months_ago_leaves_the_places_as_they_are() -> None:
    long_ago = replace(ROLLED_OUT, at=ROLLED_OUT.at - timedelta(days=90))
    found = drawn(moments=(long_ago, LOGIN_FAILED), last_change=long_ago)
    assert [stop.x for stop in found.stops] == [CHANGE, ERROR, NOW]
    assert found.stretches[0].duration == "90 d 0 h"


def test_other_moments_are_in_order_between_them() -> None:
    dots = drawn().dots
    assert [dot.text for dot in dots] == ["1 note", "1 error"]
    assert dots[0].x < CHANGE < ERROR < dots[1].x < NOW


def test_moments_of_one_kind_at_one_place_are_one_dot() -> None:
    many = tuple(replace(UNAVAILABLE, subject=f"pod/{at}") for at in range(300))
    (dot,) = drawn(moments=(ROLLED_OUT, LOGIN_FAILED, *many)).dots
    assert dot.text == "300 errors"


def test_moments_before_after_and_at_the_same_time_stay_on_the_band() -> None:
    start = WITH_TIMELINE.started_at
    moments = tuple(replace(NODE_BACK, at=at) for at in (ROLLED_OUT.at, LOGIN_FAILED.at, start, start + timedelta(1)))
    same = drawn(moments=moments, first_wrong=replace(LOGIN_FAILED, at=ROLLED_OUT.at))
    assert [0 <= dot.x <= 100 for dot in same.dots] == [True] * len(same.dots)


def test_an_error_without_a_change_and_a_change_without_an_error_have_a_band() -> None:
    error, change = drawn(last_change=None), drawn(first_wrong=None)
    assert [stop.role for stop in error.stops] == ["first error", "report"]
    assert [each.failing for each in error.stretches] == [True]
    assert [stop.role for stop in change.stops] == ["last change", "report"]
    assert [each.failing for each in change.stretches] == [False]


def test_without_a_failure_or_a_named_moment_there_is_no_band() -> None:
    assert band(QUIET) is None
    assert band(replace(WITH_TIMELINE, timeline=Timeline(moments=(NODE_BACK,)))) is None
