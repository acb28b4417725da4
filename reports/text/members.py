"""The words about the members of a fleet, the same in each format."""

from collections import Counter
from datetime import datetime

from diagnose.model.fleet import Fleet, Member, MemberState, Shared
from diagnose.model.report import Severity, State
from diagnose.text.characters import one_line
from diagnose.text.sentences import ending, listed
from reports.text.phrases import MARK_OF, full_time, number, partial_run, state_name, target_name, unknown_checks

WITH_WARNINGS = "with warnings"
MAX_REASON, MAX_REASONS, MAX_NAMES = 90, 3, 2


def state(member: Member) -> tuple[str, str]:
    """Returns the name of the mark and the words of a member's state: what is done of its work."""
    if member.report is None or member.state is MemberState.UNKNOWN:
        return MARK_OF[State.UNKNOWN], State.UNKNOWN.value
    if member.state is MemberState.WARNED:
        return "warn", WITH_WARNINGS
    return MARK_OF[member.report.state], state_name(member.report.state).lower()


def name(member: Member) -> str:
    """Returns the name of a member: its namespace and workload, else its file."""
    title = target_name(member.report) if member.report else one_line(member.namespace)
    return title or one_line(member.source) or "not known"


def sentence(member: Member) -> str:
    """Returns why a member is unknown, else its first cause; "" where it is healthy."""
    if member.report is None or member.problem:
        return one_line(member.problem)
    if member.state is not MemberState.UNKNOWN:
        return one_line(member.report.causes[0].finding.summary) if member.report.causes else ""
    reasons = unknown_checks(member.report)
    if reasons:
        reason, checks = max(reasons.items(), key=lambda each: len(each[1]))
        return f"{number(sum(map(len, reasons.values())), 'check')} unknown, {len(checks)} because: {reason}"
    if member.report.selection:
        return partial_run(member.report)
    return "the run was not completed"


def unknown_reasons(fleet: Fleet) -> str:
    """Returns why members are unknown, the most frequent reasons first, with their names; "" where none is."""
    having: dict[str, list[str]] = {}
    for member in fleet.members:
        if member.state is MemberState.UNKNOWN:
            having.setdefault(sentence(member), []).append(name(member))
    ranked = sorted(having.items(), key=lambda each: -len(each[1]))
    shown = [f"{ending(reason, MAX_REASON)} ({listed(names, MAX_NAMES)})" for reason, names in ranked[:MAX_REASONS]]
    further = sum(len(names) for _, names in ranked[MAX_REASONS:])
    return "; ".join([*shown, *([f"{further:,} for other reasons"] if further else [])])


def first_code(member: Member) -> str:
    """Returns the code of the first cause, or ""."""
    return member.causes[0].finding.code if member.causes else ""


def namespaces(shared: Shared) -> tuple[str, ...]:
    """Returns the namespaces that have a cause."""
    return tuple(dict.fromkeys(name(member) if not member.namespace else member.namespace for member in shared.members))


def mark_of(shared: Shared) -> str:
    """Returns the name of the mark of a cause."""
    return "fail" if shared.severity is Severity.CRITICAL else "warn"


def reported(fleet: Fleet) -> str:
    """Returns the period of the reports."""
    # Sorted by timestamp, because some may have a time zone and others none.
    times = sorted((each.report.started_at for each in fleet.members if each.report), key=datetime.timestamp)
    if not times:
        return "no report"
    first, last = full_time(times[0]), full_time(times[-1])
    return f"reports of {first}" if first == last else f"reports from {first} to {last}"


def counts(fleet: Fleet) -> tuple[tuple[str, str, int], ...]:
    """Returns mark, words and number of the members by state, the worst first."""
    many = Counter(map(state, fleet.members))
    return tuple((mark, words, count) for (mark, words), count in many.items())
