"""Words that reports for people have in common."""

from collections.abc import Mapping, Sequence

from diagnose.model import Evidence, Finding, Report, Severity, Status


def verdict_words(report: Report) -> str:
    """How many causes, how many checks, how long, what it cost."""
    causes = sum(cause.finding.severity is Severity.CRITICAL for cause in report.causes)
    parts = []
    if report.interrupted:
        parts.append("interrupted")
    elif not report.complete:
        parts.append("incomplete")
    if causes:
        parts.append(f"{causes} cause{'s' if causes > 1 else ''}")
    usage = report.usage
    asked = f"{usage.api_calls} API calls, {usage.exec_calls} execs, {usage.probes} probes"
    parts.append(f"{len(report.outcomes)} checks in {report.duration_s:.1f} s ({asked})")
    return " · ".join(parts)


def affected(finding: Finding, report: Report) -> str:
    """Which part of the target suffers: how many is itself a clue."""
    total = len(report.target.pods)
    if not finding.pods:
        return f"all {total} pods" if total else "the whole workload"
    if len(finding.pods) == 1:
        return f"1 of {total}: {finding.pods[0]}" if total > 1 else f"pod {finding.pods[0]}"
    return f"{len(finding.pods)} of {total} pods"


def since(evidence: Evidence) -> str:
    """When it was seen, as far as known."""
    if evidence.last_at is None:
        return ""
    return f", last {evidence.last_at:%H:%M:%S}"


def checks_of(checks: Sequence[str]) -> str:
    """Ids of checks in words, shortened where they are many."""
    shown = ", ".join(checks[:4])
    return shown if len(checks) <= 4 else f"{len(checks)} checks ({shown}, …)"


def counted(report: Report, marks: Mapping[str, str]) -> str:
    """The counts of all outcomes."""
    failed = report.count(Status.FAIL)
    shown = [f"{marks['fail']} {failed} failed"] if failed else []
    return "   ".join(
        [
            *shown,
            f"{marks['pass']} {report.count(Status.PASS)} passed",
            f"{marks['warn']} {report.count(Status.WARN)} warnings",
            f"{marks['skip']} {report.count(Status.SKIP)} not asked",
            f"{marks['unknown']} {report.count(Status.UNKNOWN)} unknown",
        ]
    )
