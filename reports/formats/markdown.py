"""The report for issues and comments: commands in blocks, evidence folded, truncated to the size limit."""

from collections.abc import Iterator
from enum import IntEnum

from diagnose.model.report import Cause, Confidence, Evidence, Outcome, Report, Status
from reports import Options
from reports.text.comment_size import COMMENT, Block, fit_into_comment
from reports.text.fix import check_again
from reports.text.gate import changes, terms
from reports.text.markdown_escape import cell, code, fenced, link, numbered_steps, prose
from reports.text.phrases import (
    MARKS,
    affected,
    evidence_text,
    headed_causes,
    headline,
    headline_text,
    mark_of,
    muted,
    number,
    other_broken,
    profile_text,
    role_command,
    running_now,
    several,
    so_text,
    state_text,
    status_counts,
    subject,
    target_name,
    unaccounted,
    unknown_checks,
    verdict_text,
)
from reports.text.timeline import TIMELINE_NOTE, first_error_text, timeline_omissions, timeline_rows

EVIDENCE = 5
MOMENTS = 60
EVIDENCE_LENGTH = 3_000
_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.SKIP)


class _Worth(IntEnum):
    """The precedence of blocks where not everything fits."""

    HEAD = 0
    CAUSE = 1
    UNKNOWN = 2
    EVIDENCE = 3
    CHECK = 4
    MOMENT = 5
    PASSED = 6


_NAMES: dict[int, str] = {
    _Worth.HEAD: "heading",
    _Worth.CAUSE: "cause",
    _Worth.UNKNOWN: "reason for an unknown check",
    _Worth.EVIDENCE: "piece of evidence",
    _Worth.CHECK: "row of a check",
    _Worth.MOMENT: "timeline",
    _Worth.PASSED: "table of passed checks",
}


def render(report: Report, options: Options, limit: int = COMMENT) -> str:
    """Renders the report as Markdown, the worst first; with `ascii`, other characters become entities or escapes."""
    return fit_into_comment(_blocks(report), _NAMES, options, limit)


def _blocks(report: Report) -> Iterator[Block]:
    yield Block(_Worth.HEAD, _head(report))
    for heading, cause in headed_causes(report):
        yield Block(_Worth.CAUSE, "\n".join(_paragraphs(heading, cause, report)))
        yield from _evidence(cause.finding.evidence, report)
    yield from _without_cause(report)
    yield from _unknown(report)
    yield from _terms(report)
    yield from _muted(report)
    yield from _timeline(report)
    yield from _table(report)
    counts = " · ".join(status_counts(report, MARKS))
    yield Block(_Worth.HEAD, f"{counts} · diagnose {prose(report.tool_version)}")


def _head(report: Report) -> str:
    target = report.target
    where = f": {code(target_name(report))}" if target_name(report) else ""
    parts = (
        f"context {code(target.context)}" if target.context else "",
        subject(report),
        *(f"{prose(key)} {code(value)}" for key, value in target.release.items()),
        f"{report.started_at:%Y-%m-%d %H:%M:%S %Z}".rstrip(),
        f"{prose(profile_text(report))} ({prose(target.profile_reason)})" if target.profile_reason else "",
    )
    mark, words = headline(report)[0], headline_text(report)
    facts = " · ".join(part for part in parts if part)
    lines = [f"- {MARKS[mark_of(each)]} {prose(state_text(each))}" for each in several(report)]
    lines += [prose(text) for text in (running_now(report), target.remark, other_broken(report)) if text]
    workloads = "".join(f"{line}\n" for line in ("", *lines)) if lines else ""
    head = f"## {MARKS[mark]} {prose(words)}{where}"
    return f"{head}\n\n{verdict_text(report)}\n\nExamined: {facts}\n{workloads}"


def _paragraphs(heading: str, cause: Cause, report: Report) -> Iterator[str]:
    finding = cause.finding
    likely = " · likely" if finding.confidence is Confidence.LIKELY else ""
    yield f"### {heading.capitalize()}: {code(finding.code)}{likely} · {prose(affected(finding, report))}\n"
    yield f"**{prose(finding.summary)}**\n"
    yield f"**Fix:** {prose(finding.remediation.summary)}\n"
    yield from numbered_steps(finding.remediation.steps)
    if again := check_again(cause, report):
        yield f"Then check again: {code(again)}\n"
    if finding.alternatives:
        yield from (f"- or: {prose(alternative)}" for alternative in finding.alternatives)
        yield ""
    if cause.explains:
        yield f"**Consequences:** {prose(so_text(cause, report))}\n"
    more = " · ".join(code(f"diagnose explain {each}") for each in finding.explained_codes)
    owner = f" · owner {prose(cause.owner)}" if cause.owner else ""
    pages = "".join(f" · {link(each)}" for each in (cause.runbook, finding.remediation.docs) if each)
    yield f"More: {more}{owner}{pages}\n"


def _evidence(evidence_list: tuple[Evidence, ...], report: Report) -> Iterator[Block]:
    for evidence in evidence_list[:EVIDENCE]:
        shown = f"\n{fenced(evidence.text, 'text', EVIDENCE_LENGTH)}\n" if evidence.text.strip() else ""
        again = f"\nReproduce:\n\n{fenced(evidence.command, 'sh')}\n" if evidence.command else ""
        text = f"Source: {prose(evidence_text(evidence, report))}"
        folded = f"<details><summary>Evidence</summary>\n\n{text}\n{shown}{again}\n</details>\n"
        yield Block(_Worth.EVIDENCE, folded)
    if len(evidence_list) > EVIDENCE:
        more = number(len(evidence_list) - EVIDENCE, "more piece")
        yield Block(_Worth.EVIDENCE, f"And {more} of evidence in the JSON report.\n")


def _without_cause(report: Report) -> Iterator[Block]:
    """Yields findings without a cause: rare, but never omitted."""
    for outcome in unaccounted(report):
        for finding in outcome.findings:
            heading = f"### {MARKS[outcome.status.value]} {code(finding.code)} · {prose(affected(finding, report))}"
            yield Block(_Worth.CAUSE, f"{heading}\n\n**{prose(finding.summary)}**\n")


def _unknown(report: Report) -> Iterator[Block]:
    reasons = unknown_checks(report)
    if not reasons:
        return
    yield Block(_Worth.UNKNOWN, "### Unknown\n")
    for reason, checks in reasons.items():
        which = f"{number(len(checks), 'check')} ({', '.join(code(check) for check in checks)})"
        yield Block(_Worth.UNKNOWN, f"- {MARKS['unknown']} {which}: {prose(reason, 600)}")
    if role := role_command(report):
        yield Block(_Worth.UNKNOWN, f"\nThe role that the run needs: {code(role)}")
    yield Block(_Worth.UNKNOWN, "")


def _terms(report: Report) -> Iterator[Block]:
    """Yields the unmet requirements of a gate and the changes since its baseline."""
    lines = [f"- {prose(line)}" for line in terms(report)]
    if lines:
        yield Block(_Worth.UNKNOWN, "\n".join(["### Gate\n", *lines, ""]))
    rows = [f"| {word} | {code(each.code)} | {cell(each.summary)} |" for word, each in changes(report)]
    if rows:
        yield Block(_Worth.CHECK, "| since then | finding | summary |\n|---|---|---|")
        yield from (Block(_Worth.CHECK, row) for row in rows)
        yield Block(_Worth.CHECK, "")


def _muted(report: Report) -> Iterator[Block]:
    """Yields the mutes and the muted findings."""
    lines = [f"- {prose(line)}" for line in muted(report)]
    lines += [f"- {code(each.finding.code)}: {prose(each.finding.summary)}" for each in report.muted]
    if lines:
        yield Block(_Worth.UNKNOWN, "\n".join(["### Muted\n", *lines, ""]))


def _timeline(report: Report) -> Iterator[Block]:
    """Yields the first error, the change before it and the folded timeline, where a check failed."""
    named = [f"- {label}: {prose(text)}" for label, text in first_error_text(report)]
    if not report.count(Status.FAIL) or not (rows := timeline_rows(report, MOMENTS)):
        return
    yield Block(_Worth.UNKNOWN, "\n".join(["### Timeline\n", *named, ""]))
    lines = [
        f"| {MARKS[row.mark]} | {cell(row.when)} | {f'**{row.role}:** ' if row.role else ''}{cell(row.what)} "
        f"| {cell(row.source)} |"
        for row in rows
    ]
    omissions = [f"- {prose(gap)}" for gap in timeline_omissions(report, len(rows))]
    summary = f"<details><summary>{number(len(rows), 'moment')}</summary>"
    table = "\n".join(["| | when | what | source |\n|---|---|---|---|", *lines])
    tail = "\n".join([TIMELINE_NOTE, "", *omissions])
    yield Block(_Worth.MOMENT, f"{summary}\n\n{table}\n\n{tail}\n\n</details>\n")


def _table(report: Report) -> Iterator[Block]:
    rows = [outcome for status in _WORST_FIRST for outcome in report.outcomes if outcome.status is status]
    header = "| | check | title | remark |\n|---|---|---|---|"
    if rows:
        yield Block(_Worth.CHECK, f"### Checks\n\n{header}")
        yield from (Block(_Worth.CHECK, _row(outcome)) for outcome in rows)
        yield Block(_Worth.CHECK, "")
    passed = [outcome for outcome in report.outcomes if outcome.status is Status.PASS]
    if passed:
        table = "\n".join([header, *(_row(outcome) for outcome in passed)])
        summary = f"<details><summary>{number(len(passed), 'check')} passed</summary>"
        yield Block(_Worth.PASSED, f"{summary}\n\n{table}\n\n</details>\n")


def _row(outcome: Outcome) -> str:
    follows = f"follows from {', '.join(outcome.explained_by)}" if outcome.explained_by else ""
    codes = ", ".join(finding.code for finding in outcome.findings)
    remark = "; ".join(part for part in (codes, follows, outcome.reason) if part)
    return f"| {MARKS[outcome.status.value]} | {code(outcome.check)} | {cell(outcome.title)} | {cell(remark)} |"
