"""The text of the timeline, the same in each format for people."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from diagnose.model.report import Confidence, Finding, Report, Status
from diagnose.model.timeline import Moment, MomentKind, Nature, Precision
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from reports.text.phrases import clock_time, number, span_text

FIRST_ERROR, CHANGED_BEFORE, LATEST_CHANGE = "first error", "changed before that", "last change"
TIMELINE_NOTE = (
    "Times are from the API server: events of a node have the clock of that node, and most times are precise to the "
    "second. A change before an error is not necessarily its cause."
)
JUST_BEFORE_S, BEFORE_S = 120.0, 1_800.0
"""How long before a failure a change is worth naming: one that the cause does not name, and one of its objects."""
# What is no word of plain English.
_NAME = lazy(r"\b[A-Za-z0-9]++[\d_-][\w-]*\b|\b\d\w{3,}\b")
_ROLLOUT = lazy(r"(Revision \d+) of \S+ (was made)")
_AS_IN = lazy(r", as in revision (\d+)\b")
# How the summary of a rollout ends that changes nothing but the time of the restart.
_RESTART = "it is a restart."
_MARK_OF_NATURE = {Nature.WRONG: "fail", Nature.CHANGE: "warn", Nature.NOTE: "skip"}


class MomentRow(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one moment.

    Attributes:
        at: the time, or the first time.
        when: the time in the zone of the report's heading; a range, or "since" for what still applies.
        mark: name of a mark as for a status: "fail" for an error, "warn" for a change, "skip" for a note.
        what: the sentence, with the number of occurrences.
        source: origin of the information.
        role: "first error" or "changed before that" for the two that the report names, else "".
    """

    at: datetime
    when: str
    mark: str
    what: str
    source: str
    role: str


def timeline_rows(report: Report, limit: int | None = None) -> tuple[MomentRow, ...]:
    """Returns the rows, the oldest first; with a limit those nearest to the first error."""
    timeline = report.timeline
    break_at = timeline.first_wrong.at if timeline.first_wrong else report.started_at
    retained = sorted(
        timeline.moments,
        key=lambda each: (
            each not in (timeline.first_wrong, timeline.last_change), abs((each.at - break_at).total_seconds())
        ),
    )[:limit]  # fmt: skip
    return tuple(moment_row(each, report) for each in timeline.moments if each in retained)


def timeline_omissions(report: Report, shown: int) -> Iterator[str]:
    """Yields what is missing in a timeline of so many rows: what was not accessible, and what exceeds the limit."""
    timeline = report.timeline
    yield from (one_line(each) for each in timeline.unseen)
    if missing := len(timeline.moments) - shown + timeline.left_out:
        yield f"{number(missing, 'moment')} further from the first error omitted"


def moment_row(moment: Moment, report: Report) -> MomentRow:
    """Returns the text of a moment."""
    timeline = report.timeline
    before = CHANGED_BEFORE if timeline.first_wrong else LATEST_CHANGE
    role = FIRST_ERROR if moment == timeline.first_wrong else before if moment == timeline.last_change else ""
    times = f" ({moment.count:,} times)" if moment.count > 1 else ""
    return MomentRow(
        at=moment.at,
        when=_when(moment, report.started_at),
        mark=_MARK_OF_NATURE[moment.nature],
        what=f"{one_line(moment.summary)}{times}",
        source=one_line(moment.source),
        role=role,
    )


def first_error_text(report: Report) -> Iterator[tuple[str, str]]:
    """Yields the first error and the last change before it with their labels, where a check failed.

    The text states their order only, no causality.
    """
    timeline = report.timeline
    if not report.count(Status.FAIL):
        return
    if timeline.first_wrong:
        row = moment_row(timeline.first_wrong, report)
        yield FIRST_ERROR, f"{row.when}: {row.what}"
    if timeline.last_change:
        row = moment_row(timeline.last_change, report)
        apart = f" ({_before(timeline.last_change, timeline.first_wrong)})" if timeline.first_wrong else ""
        yield CHANGED_BEFORE if timeline.first_wrong else LATEST_CHANGE, f"{row.when}{apart}: {row.what}"


def changed_text(report: Report) -> Iterator[str]:
    """Yields the change before a failure with its time, where the cause names it, or is open and it came just before.

    No restart, which changes nothing, and no rollout that neither is evidence of the cause nor changed what its
    sentence names; what a rollout changed is left out where the fix says it.
    """
    change, wrong = report.timeline.last_change, report.timeline.first_wrong
    if change is None or not report.causes or not report.count(Status.FAIL) or change.summary.endswith(_RESTART):
        return
    finding = report.causes[0].finding
    apart_s = (wrong.at - change.at).total_seconds() if wrong else None
    brought = change.source.partition(",")[0] in {each.source for each in finding.evidence}
    is_open = finding.confidence is Confidence.LIKELY or _is_of(change.subject, finding)
    is_near = apart_s is not None and apart_s <= JUST_BEFORE_S and is_open
    is_named = change.subject in finding.subjects and (apart_s is None or apart_s <= BEFORE_S)
    is_relevant = _states(change, report) if change.kind is MomentKind.ROLLOUT else is_named or is_near
    if _is_refuted(change, finding) or not (brought or is_relevant):
        return
    row = moment_row(change, report)
    apart = f" ({_before(change, wrong)})" if wrong else ""
    what = row.what
    if any(" (was " in step.text or _AS_IN.search(step.text) for step in finding.remediation.steps):
        what = _ROLLOUT.sub(r"\1 \2", what.partition("; it changes")[0])
    yield f"{row.when}{apart}: {what}".rstrip(".")


def _is_of(subject: str, finding: Finding) -> bool:
    """Whether the sentence or a step of a cause names an object."""
    steps = (f"{each.text} {each.command}" for each in finding.remediation.steps)
    return subject.rpartition("/")[2] in " ".join((finding.summary, *steps))


def _states(change: Moment, report: Report) -> bool:
    """Whether the first cause names something that a rollout changed: a tag, a path, a variable."""
    _, _, changed = change.summary.partition("; it changes ")
    finding = report.causes[0].finding
    named = set(_NAME.findall(finding.summary)) - {report.target.workload_name}
    return any(each in changed for each in named)


def _is_refuted(change: Moment, finding: Finding) -> bool:
    """Whether the fix shows that a rollout did not bring the cause: a restart fixes it, or it came with a later one."""
    texts = " ".join(f"{each.text} {each.command}" for each in finding.remediation.steps[:1])
    made, works = _ROLLOUT.search(change.summary), _AS_IN.search(texts)
    return "rollout restart" in texts or bool(made and works and int(works[1]) >= int(made[1].split()[1]))


def _before(change: Moment, wrong: Moment) -> str:
    seconds = (wrong.at - change.at).total_seconds()
    return f"{span_text(seconds)} earlier" if seconds >= 1 else "in the same second"


def _when(moment: Moment, started_at: datetime) -> str:
    at = clock_time(moment.at, started_at)
    if moment.still:
        return f"since {at}"
    if moment.until is None or moment.precision is not Precision.RANGE:
        return at
    return f"{at} to {clock_time(moment.until, started_at)}"
