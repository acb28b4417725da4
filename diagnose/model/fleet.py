"""The reports of several targets as one fleet: the state of each target and the causes that they share.

A target without a reliable report is unknown: its file cannot be read, its report is too old, or its expected report
is missing. Every given and every expected target is a member.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import PurePath

import msgspec
from msgspec.structs import replace

from diagnose.model.report import Cause, ExitCode, Report, Severity, State, Status, Verdict
from diagnose.text.sentences import span


class MemberState(StrEnum):
    """The state of a member, worst first."""

    BROKEN = "broken"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    WARNED = "warned"
    HEALTHY = "healthy"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One target of the fleet, with or without a report.

    Attributes:
        source: file of its report, "" where an expected report is missing.
        namespace: namespace in the report, or the expected one; "" where neither is known.
        report: the report, None where there is none or it cannot be read.
        problem: why there is no current report, or "".
    """

    source: str
    namespace: str = ""
    report: Report | None = None
    problem: str = ""

    @property
    def state(self) -> MemberState:
        """The verdict of the report; unknown without a current one."""
        if self.report is None or self.problem:
            return MemberState.UNKNOWN
        if self.report.verdict is Verdict.HEALTHY and self.report.count(Status.WARN):
            return MemberState.WARNED
        return MemberState(self.report.verdict.value)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes in a current report."""
        return self.report.causes if self.report and not self.problem else ()

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the report; an interrupted run is incomplete."""
        if self.state in {MemberState.BROKEN, MemberState.DEGRADED}:
            return ExitCode.FAILED
        if self.report is None or self.state is MemberState.UNKNOWN:
            return ExitCode.INCOMPLETE
        return self.report.exit_code if self.report.exit_code is not ExitCode.INTERRUPTED else ExitCode.INCOMPLETE


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A cause with all members that have it; the summary is that of the first one."""

    code: str
    severity: Severity
    members: tuple[Member, ...]
    summary: str


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """All members, the worst first; built by `gather`."""

    members: tuple[Member, ...]

    def count(self, state: MemberState) -> int:
        """Returns the number of members in a state."""
        return sum(member.state is state for member in self.members)

    @property
    def causes(self) -> tuple[Shared, ...]:
        """The causes, critical ones first, then by the number of members."""
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
        """The worst exit code: failed, incomplete, warned, open; an empty fleet is incomplete."""
        codes = {member.exit_code for member in self.members} or {ExitCode.INCOMPLETE}
        severity_order = (ExitCode.FAILED, ExitCode.INCOMPLETE, ExitCode.WARNED, ExitCode.OPEN)
        return next(code for code in severity_order if code in codes)


def member_of(report: Report, source: str, now: datetime, oldest: timedelta | None) -> Member:
    """Returns the member of a report, which is not current where it is older than `oldest`."""
    started = report.started_at if report.started_at.tzinfo else report.started_at.replace(tzinfo=UTC)
    age = now - started
    problem = ""
    if oldest is not None and age > oldest:
        verdict = f"its verdict was {report.verdict.value} at {started:%Y-%m-%d %H:%M %Z}"
        problem = f"the report is {span(age.total_seconds())} old, {verdict}; run diagnose again"
    return Member(source=source, namespace=report.target.namespace, report=report, problem=problem)


def gather(members: Iterable[Member], expected: Iterable[str] = ()) -> Fleet:
    """Builds the fleet; an expected namespace without a report is a member, too.

    A file that cannot be read is the report of the expected namespace that its name begins with: `msp.json` of `msp`.
    """
    names = tuple(dict.fromkeys(expected))
    given = [_with_namespace(member, set(names)) for member in members]
    present = {member.namespace for member in given}
    missing = (
        Member(source="", namespace=name, problem="expected, but there is no report")
        for name in names
        if name not in present
    )
    return Fleet(members=tuple(sorted((*given, *missing), key=_rank)))


def _with_namespace(member: Member, expected: set[str]) -> Member:
    name = PurePath(member.source).name.partition(".")[0]
    unread = member.report is None and not member.namespace
    return replace(member, namespace=name) if unread and name in expected else member


def _rank(member: Member) -> tuple[int, int, int, str, str, str]:
    workload = member.report.target.workload_name if member.report else ""
    order = list(MemberState).index(member.state)
    work = list(State).index(member.report.state) if member.report else 0
    return order, work, -len(member.causes), member.namespace, workload, member.source
