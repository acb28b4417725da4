"""The report for an incident: the same order, commands in blocks, evidence folded, cut at a stated size."""

import html
import re
from collections.abc import Iterator

from diagnose.model import Cause, Confidence, Evidence, Report, Severity, Status, Verdict
from reports import Options
from reports.wording import affected, counted, since, verdict_words

LIMIT = 60_000
MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "unknown": "?"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - the same for everybody
    """The report as Markdown; what does not fit is cut at the end, where the least important stands."""
    text = ""
    for block in _blocks(report):
        if len(text) + len(block) > LIMIT:
            return f"{text}\n*Cut here: the report is longer than {LIMIT:,} characters.*\n"
        text += f"{block}\n"
    return text


def escape(text: str) -> str:
    """Text as Markdown shows it literally: no markup, no HTML, no mention of anybody."""
    plain = html.escape(" ".join(text.split()), quote=False).replace("@", "&#64;")
    return _SPECIAL.sub(r"\\\1", plain)


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _blocks(report: Report) -> Iterator[str]:
    target = report.target
    mark = (
        MARKS["pass"]
        if report.verdict is Verdict.HEALTHY
        else "?"
        if report.verdict is Verdict.UNKNOWN
        else MARKS["fail"]
    )
    place = escape(f"{target.namespace}/{target.workload_name}")
    yield f"## {mark} {report.verdict.value.upper()}: {place}\n"
    when = f"{report.started_at:%Y-%m-%d %H:%M:%S %Z}"
    yield f"{verdict_words(report)} · context {escape(target.context)} · {len(target.pods)} pods · {when}\n"
    rank = 0
    for cause in report.causes:
        critical = cause.finding.severity is Severity.CRITICAL
        rank += critical
        yield from _cause(cause, "Warning" if not critical else "Root cause" if rank == 1 else f"Cause {rank}", report)
    yield from _table(report)
    yield f"{counted(report, MARKS)} · diagnose {report.tool_version}"


def _cause(cause: Cause, heading: str, report: Report) -> Iterator[str]:
    finding = cause.finding
    likely = " (likely)" if finding.confidence is Confidence.LIKELY else ""
    yield f"### {heading}{likely}: `{finding.code}`\n"
    yield f"**{escape(finding.summary)}** ({escape(affected(finding, report))})\n"
    for alternative in finding.alternatives:
        yield f"- or: {escape(alternative)}"
    if cause.explains:
        yield f"Therefore: {', '.join(f'`{check}`' for check in cause.explains)}\n"
    for number, step in enumerate(finding.remediation.steps, 1):
        effect = f"changes {escape(step.changes)}" if step.changes else "read only"
        yield f"{number}. {escape(step.text)} ({effect})\n"
        if step.command:
            yield f"{fenced(step.command, 'sh')}\n"
    if finding.evidence:
        yield "<details><summary>Evidence</summary>\n"
        yield from (_evidence(evidence) for evidence in finding.evidence)
        yield "</details>\n"


def _evidence(evidence: Evidence) -> str:
    times = f", {evidence.count} times" if evidence.count > 1 else ""
    command = f"\n{fenced(evidence.command, 'sh')}\n" if evidence.command else ""
    return f"{escape(evidence.source)}{times}{since(evidence)}\n\n{fenced(evidence.text)}\n{command}"


def _table(report: Report) -> Iterator[str]:
    shown = [outcome for outcome in report.outcomes if outcome.status is not Status.PASS]
    if shown:
        yield "| | check | |\n|---|---|---|"
        order = [Status.FAIL, Status.UNKNOWN, Status.WARN, Status.SKIP]
        for outcome in sorted(shown, key=lambda each: order.index(each.status)):
            follows = f"follows from {', '.join(outcome.explained_by)}" if outcome.explained_by else outcome.reason
            yield f"| {MARKS[outcome.status.value]} | `{outcome.check}` | {escape(follows)} |"
        yield ""
