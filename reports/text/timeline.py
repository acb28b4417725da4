"""The timeline in words, the same for each format for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from diagnose.model.report import Report, Status
from diagnose.model.timeline import Moment, Nature, Precision
from reports.text.phrases import clock_time, number, one_line

FIRST_WRONG, LAST_CHANGE, LATEST_CHANGE = "first wrong", "last change before it", "last change"
TIMELINE_NOTE = (
    "Times are as the API server gives them: what a node saw has the node's clock, and most are known to the second. "
    "What came before is not thereby the cause."
)
_MARK_OF_NATURE = {Nature.WRONG: "fail", Nature.CHANGE: "warn", Nature.NOTE: "skip"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a timeline, in words.

    Attributes:
        at: when, or when first.
        when: on the clock of the report's head; a range, or "since" for what was still so.
        mark: a mark's name as for a status: "fail" for what went wrong, "warn" for a change, "skip" for a note.
        what: the sentence, with how often it was seen.
        source: where that is known from.
        role: "first wrong" or "last change before it" for the two that the report names, else "".
    """

    at: datetime
    when: str
    mark: str
    what: str
    source: str
    role: str


def timeline_rows(report: Report, most: int | None = None) -> tuple[Row, ...]:
    """The timeline, the oldest first; of more than `most` those nearest to what went wrong first."""
    told = report.timeline
    break_at = told.first_wrong.at if told.first_wrong else report.started_at
    kept = sorted(
        told.moments,
        key=lambda each: (
            each not in (told.first_wrong, told.last_change), abs((each.at - break_at).total_seconds())
        ),
    )[:most]  # fmt: skip
    return tuple(moment_row(each, report) for each in told.moments if each in kept)


def timeline_gaps(report: Report, shown: int) -> Iterator[str]:
    """What is not in a timeline of so many rows: what could not be looked at, and what had no room."""
    told = report.timeline
    yield from (one_line(each) for each in told.unseen)
    if missing := len(told.moments) - shown + told.left_out:
        yield f"{number(missing, 'moment')} further from the break left out"


def moment_row(moment: Moment, report: Report) -> Row:
    """A moment in words."""
    told = report.timeline
    before = LAST_CHANGE if told.first_wrong else LATEST_CHANGE
    role = FIRST_WRONG if moment == told.first_wrong else before if moment == told.last_change else ""
    times = f" ({moment.count:,} times)" if moment.count > 1 else ""
    return Row(
        at=moment.at,
        when=_when(moment, report.started_at),
        mark=_MARK_OF_NATURE[moment.nature],
        what=f"{one_line(moment.summary)}{times}",
        source=one_line(moment.source),
        role=role,
    )


def break_words(report: Report) -> Iterator[tuple[str, str]]:
    """Where something failed: the first thing that went wrong and the last change before it, each with its label.

    That one came before the other is all that is said.
    """
    told = report.timeline
    if not report.count(Status.FAIL):
        return
    if told.first_wrong:
        row = moment_row(told.first_wrong, report)
        yield FIRST_WRONG, f"{row.when}: {row.what}"
    if told.last_change:
        row = moment_row(told.last_change, report)
        apart = f" ({_before(told.last_change, told.first_wrong)})" if told.first_wrong else ""
        yield LAST_CHANGE if told.first_wrong else LATEST_CHANGE, f"{row.when}{apart}: {row.what}"


def _before(change: Moment, wrong: Moment) -> str:
    seconds = int((wrong.at - change.at).total_seconds())
    if seconds < 1:
        return "in the same second"
    if seconds < 120:
        return f"{seconds} s earlier"
    minutes = seconds // 60
    return f"{minutes} min earlier" if minutes < 120 else f"{span_words(minutes)} earlier"


def span_words(minutes: int) -> str:
    """Minutes in words: "5 min", "3 h 20 min", "2 d 4 h"."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _when(moment: Moment, started_at: datetime) -> str:
    at = clock_time(moment.at, started_at)
    if moment.still:
        return f"since {at}"
    if moment.until is None or moment.precision is not Precision.RANGE:
        return at
    return f"{at} to {clock_time(moment.until, started_at)}"
