"""The headline of each recorded incident agrees with the sentences below it."""

import re
from statistics import median

import pytest

from diagnose.model.report import Report, Severity, State, Status, WorkEffect
from reports import Options
from reports.formats.console import render
from tests.support import recordings, tracing

# What a sentence says of work that fails or waits now.
CLAIMS = re.compile(
    r"every write|\b(?:writes|polls|logins|activities|requests|its clients) (?:fail|are refused)|"
    r"\bexecutions? .{0,80}(?:failed|stands? still|is stuck)|no workflow makes progress|wait indefinitely"
)
# What a sentence says of work that goes on.
DENIALS = re.compile(r"the worker itself is not affected|only the next one fails")


def replay(name: str) -> Report:
    return tracing.replay(recordings.path(name)).report


@pytest.mark.parametrize("name", recordings.NAMES)
def test_the_state_agrees_with_what_failed(name: str) -> None:
    report = replay(name)
    failed = bool(report.count(Status.FAIL))
    assert failed == (report.state in {State.DOWN, State.IMPAIRED, State.AT_RISK})
    assert failed or report.since is None
    assert report.since is None or report.since <= report.started_at


@pytest.mark.parametrize("name", recordings.NAMES)
def test_no_sentence_contradicts_the_headline(name: str) -> None:
    report = replay(name)
    if report.state is State.AT_RISK and not report.target.manifest:
        critical = [each for o in report.outcomes for each in o.findings if each.severity is Severity.CRITICAL]
        of_all = [each.summary for each in critical if not each.pods]
        assert [each for each in of_all if CLAIMS.search(each)] == []
        assert all(each.work is WorkEffect.NONE for each in critical)
    if report.state is State.DOWN:
        assert not DENIALS.search(report.causes[0].finding.summary)


MEDIAN, MOST = 18, 45
"""The lines of a console of 80 columns, of half of the failed runs and of each."""


def test_the_answer_of_a_failed_run_is_short() -> None:
    failed = {name: found for name in recordings.NAMES if (found := replay(name)).count(Status.FAIL)}
    lines = {name: len(render(found, Options(width=80)).splitlines()) for name, found in failed.items()}
    assert median(lines.values()) <= MEDIAN
    assert {name: count for name, count in lines.items() if count > MOST} == {}
