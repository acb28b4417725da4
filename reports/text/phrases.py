"""Words that reports for people have in common; one place says them, so that two formats never say different things."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from diagnose.model.report import Cause, Evidence, Finding, Mute, Outcome, Report, Severity, Status, Step, Verdict

# Sequences that move a cursor or colour a terminal, and characters that cannot be seen or that turn text around.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]?")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_SPELLED = str.maketrans(
    {"✗": "x", "✓": "v", "│": "|", "·": "-", "–": "-", "—": "-", "…": "...", "→": "->", "‹": "<", "›": ">", "×": "x"}
)


MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "unknown": "?"}
"""How a check ended, as a mark."""

MARK_OF = {Verdict.HEALTHY: "pass", Verdict.DEGRADED: "fail", Verdict.BROKEN: "fail", Verdict.UNKNOWN: "unknown"}
"""A verdict as the name of its mark."""


def plain(text: str) -> str:
    """Text from a cluster as characters alone: lines stay lines, nothing else has an effect where it is shown."""
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    seen = _UNSEEN.sub("", _SEQUENCE.sub("", unbroken))
    return seen.encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    """Text that cannot pretend to be a second line of the report."""
    return " ".join(plain(text).split())


def in_ascii(text: str) -> str:
    """Text in ASCII; what has no spelling there is written as an escape, so nothing gets lost."""
    return text.translate(_SPELLED).encode("ascii", "backslashreplace").decode()


def number(count: int, noun: str) -> str:
    """A count with its noun: "1 check", "3 checks"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def place(report: Report) -> str:
    """What was examined: "msp/temporal-worker"; "" in the report of a run that has not yet found it."""
    target = report.target
    return one_line("/".join(part for part in (target.namespace, target.workload_name) if part))


def verdict_words(report: Report) -> str:
    """What restricts the verdict, how many causes, how many checks, how long, what it cost."""
    serious = sum(cause.finding.severity is Severity.CRITICAL for cause in report.causes)
    parts = []
    if report.interrupted:
        parts.append("interrupted, so incomplete")
    elif not report.complete:
        parts.append("incomplete run")
    if report.verdict is Verdict.DEGRADED:
        parts.append("the worker still works")
    if serious:
        parts.append(number(serious, "cause"))
    parts.append(f"{number(len(report.outcomes), 'check')} in {report.duration_s:.1f} s ({cost(report)})")
    return " · ".join(parts)


def cost(report: Report) -> str:
    """What the run asked of the world."""
    usage = report.usage
    execs = [number(usage.exec_calls, "exec")] if usage.exec_calls else []
    return ", ".join([number(usage.api_calls, "API call"), *execs, number(usage.probes, "probe")])


def headed(report: Report) -> Iterator[tuple[str, Cause]]:
    """Each cause under its heading, the root cause first."""
    rank = 0
    for cause in report.causes:
        if cause.finding.severity is not Severity.CRITICAL:
            yield "WARNING", cause
            continue
        rank += 1
        yield ("ROOT CAUSE" if rank == 1 else f"CAUSE {rank}"), cause


def affected(finding: Finding, report: Report) -> str:
    """Which part of the target suffers: how many is itself a clue."""
    # A pod that is gone suffers too, but is none of the target's.
    total = max(len(report.target.pods), len(finding.pods))
    if not total:
        return "the whole workload" if report.target.workload_name else "all pods"
    suffering = len(finding.pods) or total
    if suffering == 1:
        name = one_line((finding.pods or report.target.pods)[0])
        return f"pod {name}" if total == 1 else f"1 of {number(total, 'pod')}: {name}"
    return f"{suffering:,} of {number(total, 'pod')}"


def seen_words(evidence: Evidence, report: Report) -> str:
    """Where it was seen, how often, and when."""
    times = f", {evidence.count:,} times" if evidence.count > 1 else ""
    last = f", last {clock_time(evidence.last_at, report.started_at)}" if evidence.last_at else ""
    return f"{one_line(evidence.source)}{times}{last}"


def full_time(moment: datetime) -> str:
    """A time with its date, for where no head of a report gives that."""
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}".rstrip()


def clock_time(moment: datetime, started_at: datetime) -> str:
    """A time on the clock of the report's head; with its date, where that is another day."""
    same_clock = moment.astimezone(started_at.tzinfo) if moment.tzinfo and started_at.tzinfo else moment
    return f"{same_clock:%H:%M:%S}" if same_clock.date() == started_at.date() else f"{same_clock:%Y-%m-%d %H:%M:%S}"


def effect(step: Step) -> str:
    """What a step does to the world; "" where a person acts without a command."""
    if step.changes:
        return f"changes {one_line(step.changes)}"
    return "read only" if step.command else ""


def unanswered(report: Report) -> dict[str, tuple[str, ...]]:
    """Checks that could not be told, by their reason."""
    reasons: dict[str, list[str]] = {}
    for outcome in report.outcomes:
        if outcome.status is Status.UNKNOWN:
            reasons.setdefault(one_line(outcome.reason), []).append(outcome.check)
    return {reason: tuple(checks) for reason, checks in reasons.items()}


def muted(report: Report) -> Iterator[str]:
    """What does not count, a sentence for each mute, and which mutes have expired."""
    counts: dict[Mute, int] = {}
    for each in report.muted:
        counts[each.mute] = counts.get(each.mute, 0) + 1
    for mute, count in counts.items():
        yield f"{count} muted: {_named(mute)} until {mute.until}, because {one_line(mute.reason)}"
    for mute in report.expired_mutes:
        yield f"the mute of {_named(mute)} expired on {mute.until} and holds no more ({one_line(mute.reason)})"


def _named(mute: Mute) -> str:
    return f"{mute.code} ({one_line(mute.object)})" if mute.object else mute.code


def profile_words(report: Report) -> str:
    """Which profile, where it is another one than usual."""
    target = report.target
    return f"profile {one_line(target.profile)}" if target.profile_reason else ""


def unaccounted(report: Report) -> tuple[Outcome, ...]:
    """Outcomes that are not well and that no cause speaks of: they must not be lost in a count."""
    told = {check for cause in report.causes for check in (cause.check, *cause.explains)}
    return tuple(
        outcome
        for outcome in report.outcomes
        if outcome.status in {Status.FAIL, Status.WARN} and outcome.check not in told
    )


def counted(report: Report, marks: Mapping[str, str]) -> tuple[str, ...]:
    """The counts of all outcomes, each with its mark; failures come first, and only where there are some."""
    count = {status: report.count(status) for status in Status}
    failed = (f"{marks['fail']} {count[Status.FAIL]} failed",) if count[Status.FAIL] else ()
    return (
        *failed,
        f"{marks['pass']} {count[Status.PASS]} passed",
        f"{marks['warn']} {number(count[Status.WARN], 'warning')}",
        f"{marks['skip']} {count[Status.SKIP]} not asked",
        f"{marks['unknown']} {count[Status.UNKNOWN]} unknown",
    )
