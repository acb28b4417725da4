"""The report for a person at a terminal: the cause first, readable without colour, commands never wrapped."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.model import Cause, Confidence, Evidence, Outcome, Report, Severity, Status, Verdict
from reports import Options
from reports.wording import affected, checks_of, counted, since, verdict_words

INDENT = 13
COLORS = {"bad": "1;31", "good": "1;32", "warn": "1;33", "dim": "2", "strong": "1", "command": "36"}
UNICODE = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "unknown": "?", "bar": "│", "dot": "·"}
PLAIN = {"pass": "v", "warn": "!", "fail": "x", "skip": "-", "unknown": "?", "bar": "|", "dot": "-"}


@dataclass(frozen=True)
class _Pen:
    """Writes lines as the options want them."""

    options: Options

    def mark(self, name: str) -> str:
        return (PLAIN if self.options.ascii else UNICODE)[name]

    def paint(self, text: str, color: str) -> str:
        return f"\x1b[{COLORS[color]}m{text}\x1b[0m" if self.options.color else text

    def wrap(self, text: str, label: str = "", indent: int = INDENT) -> Iterator[str]:
        """A sentence under a label, wrapped at the width; narrow terminals get a small indent."""
        indent = indent if self.options.width >= 60 else 2
        first = f"  {label}".ljust(indent) if label else " " * indent
        if len(first) > indent:
            yield first.rstrip()
            first = " " * indent
        width = max(self.options.width - 1, 24)
        for line in text.split("\n"):
            yield from textwrap.wrap(
                line,
                width,
                initial_indent=first,
                subsequent_indent=" " * indent,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [first.rstrip()]
            first = " " * indent

    def encode(self, line: str) -> str:
        if not self.options.ascii:
            return line
        spelled = line.replace("…", "...").replace("‹", "<").replace("›", ">").replace("→", "->")
        return spelled.encode("ascii", "replace").decode()


def render(report: Report, options: Options) -> str:
    """The report as lines of text."""
    pen = _Pen(options)
    return "\n".join(pen.encode(line.rstrip()) for line in _lines(report, pen)) + "\n"


def _lines(report: Report, pen: _Pen) -> Iterator[str]:
    yield from _head(report, pen)
    rank = 0
    for cause in report.causes:
        critical = cause.finding.severity is Severity.CRITICAL
        rank += critical
        yield ""
        yield from _cause(
            cause, "WARNING" if not critical else "ROOT CAUSE" if rank == 1 else f"CAUSE {rank}", report, pen
        )
    unknown = [outcome for outcome in report.outcomes if outcome.status is Status.UNKNOWN]
    if unknown:
        yield ""
        yield from _unknown(unknown, pen)
    if pen.options.verbose:
        yield from _all(report, pen)
    yield ""
    hint = "" if pen.options.verbose else "          (-v lists them)"
    yield f"{counted(report, {name: pen.mark(name) for name in UNICODE})}{pen.paint(hint, 'dim')}"


def _head(report: Report, pen: _Pen) -> Iterator[str]:
    target = report.target
    dot = pen.mark("dot")
    place = f"{target.namespace}/{target.workload_name}" if target.workload_name else target.namespace
    parts = (
        f"diagnose {report.tool_version}",
        place,
        f"context {target.context}",
        f"{len(target.pods)} pods",
        report.started_at.strftime("%H:%M:%S"),
    )
    yield from (
        pen.wrap(f" {dot} ".join(part for part in parts if part), indent=0)
        if pen.options.width < 60
        else [f" {dot} ".join(parts)]
    )
    yield ""
    good = report.verdict is Verdict.HEALTHY
    mark = pen.mark({"healthy": "pass", "unknown": "unknown"}.get(report.verdict.value, "fail"))
    color = "good" if good else "warn" if report.verdict is Verdict.UNKNOWN else "bad"
    yield f"{pen.paint(f'{mark} {report.verdict.value.upper()}', color)}   {verdict_words(report)}"


def _cause(cause: Cause, heading: str, report: Report, pen: _Pen) -> Iterator[str]:
    finding = cause.finding
    likely = ", likely" if finding.confidence is Confidence.LIKELY else ""
    where = f" {pen.mark('dot')} {affected(finding, report)}{likely}"
    color = "warn" if finding.severity is Severity.WARNING else "bad"
    yield f"{pen.paint(heading, color)}  {pen.paint(finding.code, 'strong')}{where}"
    yield from pen.wrap(finding.summary, indent=2)
    for evidence in finding.evidence:
        yield from _evidence(evidence, pen)
    for number, alternative in enumerate(finding.alternatives):
        yield from pen.wrap(alternative, "" if number else "or")
    yield from _therefore(cause, report, pen)
    for number, step in enumerate(finding.remediation.steps, 1):
        effect = f"changes {step.changes}" if step.changes else "read only"
        yield from pen.wrap(f"{number}. {step.text} ({effect})", "fix" if number == 1 else "")
        for line in step.command.splitlines():
            yield f"{' ' * (INDENT + 3 if pen.options.width >= 60 else 2)}{pen.paint(line, 'command')}"
    if not finding.remediation.steps:
        yield from pen.wrap(finding.remediation.summary, "fix")
    yield from pen.wrap(f"diagnose explain {finding.code}", "more")


def _evidence(evidence: Evidence, pen: _Pen) -> Iterator[str]:
    times = f", {evidence.count} times" if evidence.count > 1 else ""
    yield from pen.wrap(f"{evidence.source}{times}{since(evidence)}", "seen")
    for line in evidence.text.splitlines():
        for number, part in enumerate(pen.wrap(line)):
            text = part.strip()
            yield f"{part[: len(part) - len(part.lstrip())]}{pen.mark('bar')} {'  ' if number else ''}{text}"


def _therefore(cause: Cause, report: Report, pen: _Pen) -> Iterator[str]:
    if not cause.explains:
        return
    status = {outcome.check: outcome.status for outcome in report.outcomes}
    shown = []
    for check in cause.explains[:8]:
        ended = status.get(check, Status.UNKNOWN)
        asked = " (not asked)" if ended is Status.SKIP else ""
        shown.append(f"{pen.mark(ended.value)} {check}{asked}")
    more = f"   and {len(cause.explains) - 8} more" if len(cause.explains) > 8 else ""
    yield from pen.wrap("   ".join(shown) + more, "therefore")


def _unknown(outcomes: list[Outcome], pen: _Pen) -> Iterator[str]:
    """What could not be told, by reason: it closes a gate, so it is never left out."""
    reasons: dict[str, list[str]] = {}
    for outcome in outcomes:
        reasons.setdefault(outcome.reason, []).append(outcome.check)
    yield pen.paint("COULD NOT LOOK", "warn")
    for reason, checks in reasons.items():
        yield from pen.wrap(f"{pen.mark('unknown')} {checks_of(checks)}: {reason}", indent=2)


def _all(report: Report, pen: _Pen) -> Iterator[str]:
    topic = ""
    for outcome in report.outcomes:
        if outcome.check.partition(".")[0] != topic:
            topic = outcome.check.partition(".")[0]
            yield ""
            yield pen.paint(topic, "strong")
        remark = f" - {outcome.reason}" if outcome.reason else ""
        after = f" (follows from {', '.join(outcome.explained_by)})" if outcome.explained_by else ""
        yield from pen.wrap(f"{pen.mark(outcome.status.value)} {outcome.title}{after}{remark}", indent=2)
