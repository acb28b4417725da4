"""The timeline as one band: the change, the first error and the report at fixed places, all other moments between them.

The times between two places are to scale; from one place to the next the scale changes, and the duration is written
there. So seconds and days fit on one line.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from diagnose.model.report import Report, Status
from diagnose.model.timeline import Moment
from reports.text.phrases import span_text
from reports.text.timeline import moment_row

START, CHANGE, ERROR, NOW = 2, 24, 58, 98
_NAMES = {"fail": "error", "warn": "change", "skip": "note"}


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A named place on the band, in percent of its width, with what it is and its time."""

    x: float
    mark: str
    role: str
    when: str


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between two places, in percent, and how long it lasted, written where no name is."""

    x: float
    middle: float
    width: float
    duration: str
    failing: bool
    below: bool


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """Other moments of one kind at a place."""

    x: float
    mark: str
    text: str


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """The places, what lies between them, and the other moments."""

    stops: tuple[Stop, ...]
    stretches: tuple[Stretch, ...]
    dots: tuple[Dot, ...]

    @property
    def text(self) -> str:
        """What a screen reader says."""
        return ", ".join(f"{stop.role} {stop.when}" for stop in self.stops)


def band(report: Report) -> Band | None:
    """Returns the band of a failed run; None where neither an error nor a change has a time."""
    timeline = report.timeline
    named = tuple(each for each in (timeline.last_change, timeline.first_wrong) if each)
    if not report.count(Status.FAIL) or not named:
        return None
    xs = (CHANGE, ERROR) if len(named) == 2 else (CHANGE,)
    places = (*((x, each.at) for x, each in zip(xs, named, strict=True)), (NOW, report.started_at))
    stops = tuple(_stop(x, each, report) for x, each in zip(xs, named, strict=True))
    return Band(
        stops=(*stops, Stop(x=NOW, mark="skip", role="report", when=f"{report.started_at:%H:%M:%S}")),
        stretches=tuple(_stretch(before, after, timeline.first_wrong) for before, after in pairwise(places)),
        dots=tuple(_dots(report, named, places)),
    )


def _stop(x: float, moment: Moment, report: Report) -> Stop:
    row = moment_row(moment, report)
    when = row.when.removeprefix("since ").partition(" to ")[0]
    return Stop(x=x, mark=row.mark, role=row.role, when=when)


def _stretch(before: tuple[float, datetime], after: tuple[float, datetime], first: Moment | None) -> Stretch:
    (x, start), (end, until) = before, after
    failing = first is not None and start >= first.at
    return Stretch(
        x=x,
        middle=(x + end) / 2,
        width=end - x,
        duration=span_text((until - start).total_seconds()),
        failing=failing,
        below=not failing,
    )


def _dots(report: Report, named: tuple[Moment, ...], places: tuple[tuple[float, datetime], ...]) -> Iterator[Dot]:
    """Yields the moments that have no name: those of one kind at the same percent are one."""
    others = [each for each in report.timeline.moments if each not in named]
    earliest = min((each.at for each in others), default=places[0][1])
    if earliest < places[0][1]:
        places = ((START, earliest), *places)
    many = Counter((round(_position(each.at, places)), moment_row(each, report).mark) for each in others)
    for (x, mark), count in sorted(many.items()):
        yield Dot(x=x, mark=mark, text=f"{count:,} {_NAMES[mark]}{'' if count == 1 else 's'}")


def _position(at: datetime, places: tuple[tuple[float, datetime], ...]) -> float:
    for (x, start), (end, until) in pairwise(places):
        if at < until:
            whole = max(until - start, timedelta(microseconds=1))
            return x + (end - x) * max(0.0, (at - start) / whole)
    return NOW
