"""Many reports as one: which targets are well, which are not, and which causes they have in common.

What has no report that can be relied on is unknown: a file that cannot be read, a report that is too old, a namespace
that was expected and did not report. Nothing that was given or expected is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from diagnose.model.report import Cause, ExitCode, Report, Severity, Status, Verdict
from diagnose.text.sentences import span


class State(StrEnum):
    """How a member is; worst first."""

    BROKEN = "broken"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    WARNED = "warned"
    HEALTHY = "healthy"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One target of the fleet, or what should have been one.

    Attributes:
        source: the file of its report, or "" where a report was expected and there is none.
        namespace: as the report says, or as it was expected; "" where neither does.
        report: what it says; None where there is none that can be read.
        problem: why its report says nothing of the present, or "".
    """

    source: str
    namespace: str = ""
    report: Report | None = None
    problem: str = ""

    @property
    def state(self) -> State:
        """The report's verdict, unless there is none to rely on."""
        if self.report is None or self.problem:
            return State.UNKNOWN
        match self.report.verdict:
            case Verdict.BROKEN:
                return State.BROKEN
            case Verdict.DEGRADED:
                return State.DEGRADED
            case Verdict.UNKNOWN:
                return State.UNKNOWN
            case Verdict.HEALTHY:
                return State.WARNED if self.report.count(Status.WARN) else State.HEALTHY

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes of a report that can be relied on."""
        return self.report.causes if self.report and not self.problem else ()

    @property
    def exit_code(self) -> ExitCode:
        """The report's own; an interrupted run is incomplete."""
        if self.state in {State.BROKEN, State.DEGRADED}:
            return ExitCode.FAILED
        if self.report is None or self.state is State.UNKNOWN:
            return ExitCode.INCOMPLETE
        return self.report.exit_code if self.report.exit_code is not ExitCode.INTERRUPTED else ExitCode.INCOMPLETE


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A cause with all members that have it, the first of which speaks for it."""

    code: str
    severity: Severity
    members: tuple[Member, ...]
    summary: str


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All members, the worst first; made by `gather`."""

    members: tuple[Member, ...]

    def count(self, state: State) -> int:
        """How many members are so."""
        return sum(member.state is state for member in self.members)

    @property
    def causes(self) -> tuple[Shared, ...]:
        """The causes, critical ones first, then those that most members have."""
        having: dict[str, list[tuple[Member, Cause]]] = {}
        for member in self.members:
            for code in dict.fromkeys(cause.finding.code for cause in member.causes):
                first = next(cause for cause in member.causes if cause.finding.code == code)
                having.setdefault(code, []).append((member, first))
        shared = (
            Shared(
                code=code,
                severity=max((cause.finding.severity for _, cause in found), key=lambda severity: severity.rank),
                members=tuple(member for member, _ in found),
                summary=found[0][1].finding.summary,
            )
            for code, found in having.items()
        )
        return tuple(sorted(shared, key=lambda each: (-each.severity.rank, -len(each.members), each.code)))

    @property
    def exit_code(self) -> ExitCode:
        """The worst of all: failed, incomplete, warned, open; a fleet of nobody is incomplete."""
        codes = {member.exit_code for member in self.members} or {ExitCode.INCOMPLETE}
        order = (ExitCode.FAILED, ExitCode.INCOMPLETE, ExitCode.WARNED, ExitCode.OPEN)
        return next(code for code in order if code in codes)


def member_of(report: Report, source: str, now: datetime, oldest: timedelta | None) -> Member:
    """A member by its report, which says nothing of the present where it is older than `oldest`."""
    started = report.started_at if report.started_at.tzinfo else report.started_at.replace(tzinfo=UTC)
    age = now - started
    problem = ""
    if oldest is not None and age > oldest:
        said = f"it said {report.verdict.value} at {started:%Y-%m-%d %H:%M %Z}"
        problem = f"the report is {span(age.total_seconds())} old, {said}; examine it again"
    return Member(source=source, namespace=report.target.namespace, report=report, problem=problem)


def gather(members: Iterable[Member], expected: Iterable[str] = ()) -> Fleet:
    """The fleet; a namespace that is expected and has no report is a member of it too."""
    given = list(members)
    present = {member.namespace for member in given if member.report}
    missing = (
        Member(source="", namespace=name, problem="expected, but there is no report of it")
        for name in dict.fromkeys(expected)
        if name not in present
    )
    return Fleet(members=tuple(sorted((*given, *missing), key=_rank)))


def _rank(member: Member) -> tuple[int, int, str, str, str]:
    workload = member.report.target.workload_name if member.report else ""
    place = list(State).index(member.state)
    return place, -len(member.causes), member.namespace, workload, member.source
