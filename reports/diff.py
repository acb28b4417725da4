"""The comparison of two reports as text: new findings with their fixes, then not checked ones, then the others."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from diagnose.model.comparison import Comparison, Entry
from diagnose.model.report import Confidence, Report, Severity, Status
from diagnose.text.characters import one_line
from reports import Options
from reports.formats.json import dumped
from reports.text.comment_size import Block, fit_into_comment
from reports.text.markdown_escape import code, numbered_steps, prose
from reports.text.phrases import MARKS, affected, effect, full_time, headline, target_name, verdict_text
from reports.text.terminal import STYLES, Page, joined, spaced

SCHEMA_VERSION = "1.0"
_CALLED = {0: "heading", 1: "new finding", 2: "reason for an unknown check", 3: "finding that is not new"}
_STOPPED = "The worker no longer works."


def console(comparison: Comparison, options: Options) -> str:
    """Renders the comparison for a terminal."""
    page = Page(options)
    return page.printed(_lines(comparison, page))


def markdown(comparison: Comparison, options: Options) -> str:
    """Renders the comparison as Markdown within the size limit of comments."""
    return fit_into_comment(_blocks(comparison), _CALLED, options)


def as_json(comparison: Comparison, options: Options) -> str:
    """Renders the comparison as JSON; keys are only added."""
    found = {
        "schema_version": SCHEMA_VERSION,
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "same_target": _same_target(comparison),
        "stopped": comparison.stopped,
        "exit_code": int(comparison.exit_code),
        **{name: [_plain(entry) for entry in entries] for name, entries in _groups(comparison)},
        "unknown": [{"check": each.check, "reason": each.reason} for each in comparison.unknown],
    }
    return dumped(found, options)


def _groups(comparison: Comparison) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    return (
        ("new", comparison.new),
        ("untold", comparison.not_checked),
        ("fixed", comparison.fixed),
        ("unchanged", comparison.unchanged),
    )


def _same_target(comparison: Comparison) -> bool:
    before, after = comparison.before.target, comparison.after.target
    return (before.namespace, before.workload_name) == (after.namespace, after.workload_name)


def _side(report: Report) -> dict[str, Any]:
    target = report.target
    return {
        "started_at": report.started_at,
        "context": target.context,
        "namespace": target.namespace,
        "workload": {"kind": target.workload_kind, "name": target.workload_name},
        "verdict": report.verdict,
        "state": report.state,
        "since": report.since,
        "exit_code": int(report.exit_code),
        "complete": report.complete,
    }


def _plain(entry: Entry) -> dict[str, Any]:
    finding = entry.finding
    return {
        "code": finding.code,
        "check": entry.check,
        "status": entry.status,
        "severity": finding.severity,
        "cause": entry.is_cause,
        "explained_by": entry.explained_by,
        "summary": finding.summary,
        "subjects": finding.subjects,
        "pods": finding.pods,
        "remediation": finding.remediation,
    }


def _mark(entry: Entry) -> str:
    return "fail" if entry.finding.severity is Severity.CRITICAL and entry.status is Status.FAIL else "warn"


def _counts(comparison: Comparison) -> str:
    parts = [f"{len(entries)} {name}" for name, entries in _groups(comparison) if name != "untold" or entries]
    return " · ".join([*parts, f"{len(comparison.unknown)} unknown now"]).replace("untold", "not checked")


def _lines(comparison: Comparison, page: Page) -> Iterator[Text]:
    yield from _head(comparison, page)
    for name, entries in _groups(comparison):
        for entry in entries:
            yield from _entry(name, entry, comparison, page)
    if comparison.unknown:
        yield from page.heading("UNKNOWN NOW", "unknown")
    for outcome in comparison.unknown:
        reason = page.styled(f"{outcome.check}: {one_line(outcome.reason)}")
        yield from page.wrapped(spaced(page.mark("unknown"), reason), lead="  ", hang=4)
    yield Text()
    yield from page.wrapped(page.styled(_counts(comparison)), hang=0)


def _head(comparison: Comparison, page: Page) -> Iterator[Text]:
    for label, report in (("before", comparison.before), ("after", comparison.after)):
        mark, words = headline(report)
        verdict = Text(f"{page.marks[mark]} {words}", STYLES[mark])
        where = page.styled(f"{target_name(report) or 'no target'} · {full_time(report.started_at)}")
        summary = page.styled(verdict_text(report), "dim")
        body = joined(where, Text("   "), verdict, Text("   "), summary)
        yield from page.wrapped(body, lead=label.ljust(8), hang=8)
    if not _same_target(comparison):
        yield from page.wrapped(page.styled("These are two different targets.", "warn"), hang=0)
    if comparison.stopped:
        yield from page.wrapped(page.styled(_STOPPED, "fail"), hang=0)


_HEADINGS = {"new": "NEW", "untold": "NOT CHECKED", "fixed": "FIXED", "unchanged": "UNCHANGED"}


def _entry(name: str, entry: Entry, comparison: Comparison, page: Page) -> Iterator[Text]:
    style = "pass" if name == "fixed" else "unknown" if name == "untold" else _mark(entry)
    finding = entry.finding
    if name == "new":
        yield Text()
    about = spaced(page.styled(finding.code, "strong"), page.styled(_about(name, entry, comparison), "dim"))
    yield from page.wrapped(joined(Text(_HEADINGS[name].ljust(11), STYLES[style]), about), lead="", hang=11)
    if name != "new":
        return
    yield from page.wrapped(page.styled(finding.summary), lead="  ", hang=2)
    for number, step in enumerate(finding.remediation.steps if entry.is_cause else (), 1):
        does = f"{effect(step)}: " if effect(step) else ""
        yield from page.wrapped(page.styled(f"{number}. {does}{step.text}"), lead="  ", hang=5)
        if step.command:
            yield from page.command(step.command, 5)


def _about(name: str, entry: Entry, comparison: Comparison) -> str:
    """Returns the cause that a finding follows from, or the affected pods."""
    if entry.explained_by:
        return f"· follows from {', '.join(entry.explained_by)}"
    report = comparison.before if name in {"fixed", "untold"} else comparison.after
    likely = "· likely " if entry.finding.confidence is Confidence.LIKELY else ""
    return f"{likely}· {affected(entry.finding, report)}"


def _blocks(comparison: Comparison) -> Iterator[Block]:
    after = comparison.after
    yield Block(0, f"## {MARKS[headline(after)[0]]} {_counts(comparison)}\n")
    for label, report in (("Before", comparison.before), ("After", after)):
        where = f" {code(target_name(report))}" if target_name(report) else ""
        verdict = f"**{prose(headline(report)[1])}** · {prose(verdict_text(report))}"
        yield Block(0, f"- {label}:{where} {full_time(report.started_at)} {verdict}")
    if not _same_target(comparison):
        yield Block(0, "\nThese are two different targets.")
    if comparison.stopped:
        yield Block(0, f"\n**{_STOPPED}**")
    for entry in comparison.new:
        yield Block(1, "\n".join(_paragraphs(entry, comparison)))
    if comparison.unknown:
        yield Block(2, "\n### Unknown now\n")
        yield from (Block(2, f"- ? {code(each.check)}: {prose(each.reason, 600)}") for each in comparison.unknown)
    for name, entries in _groups(comparison)[1:]:
        if entries:
            yield Block(3, f"\n### {_HEADINGS[name].capitalize()}\n")
        for entry in entries:
            about = prose(_about(name, entry, comparison))
            yield Block(3, f"- {code(entry.finding.code)} {about}: {prose(entry.finding.summary, 400)}")


def _paragraphs(entry: Entry, comparison: Comparison) -> Iterator[str]:
    finding = entry.finding
    yield f"\n### {MARKS[_mark(entry)]} New: {code(finding.code)} {prose(_about('new', entry, comparison))}\n"
    yield f"**{prose(finding.summary)}**\n"
    yield from numbered_steps(finding.remediation.steps if entry.is_cause else ())
