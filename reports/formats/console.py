"""The report for a terminal: the cause first, readable without colour, commands never wrapped."""

from collections.abc import Iterator

from rich.text import Text

from diagnose.model.report import Cause, Confidence, Evidence, Outcome, Report, Severity, Status, Step
from diagnose.text.characters import one_line
from reports import Options
from reports.text.gate import changes, terms
from reports.text.phrases import (
    affected,
    effect,
    evidence_text,
    fact_lines,
    headed_causes,
    headline,
    mark_of,
    muted,
    nothing_checked,
    number,
    other_broken,
    profile_text,
    running_now,
    several,
    state_text,
    status_counts,
    subject,
    target_name,
    unaccounted,
    unknown_checks,
    verdict_text,
)
from reports.text.terminal import STYLES, Page, joined, spaced
from reports.text.timeline import TIMELINE_NOTE, first_error_text, timeline_omissions, timeline_rows

EVIDENCE = 3
EVIDENCE_LINES = 6
CONSEQUENCES = 8
MAX_EFFECT_WIDTH = 24


def render(report: Report, options: Options) -> str:
    """Renders the report for a terminal."""
    page = Page(options)
    return page.printed(_summary(report, page) if options.quiet else _lines(report, page))


def _summary(report: Report, page: Page) -> Iterator[Text]:
    """Yields the one line of a quiet run: the verdict, the target, and the first cause or reason."""
    reasons = next(iter(unknown_checks(report)), "")
    first = report.causes[0].finding if report.causes else None
    more = len(report.causes) - 1
    parts = (
        target_name(report),
        f"{first.code}: {one_line(first.summary)}" if first else reasons,
        f"and {number(more, 'more finding')}" if more > 0 else "",
    )
    yield spaced(_verdict(report, page), page.styled(" · ".join(part for part in parts if part)))


def _verdict(report: Report, page: Page) -> Text:
    style, words = headline(report)
    return Text(f"{page.marks[style]} {words}", STYLES[style])


def _lines(report: Report, page: Page) -> Iterator[Text]:
    yield from _head(report, page)
    for heading, cause in headed_causes(report):
        yield Text()
        yield from _cause(heading, cause, report, page)
    yield from _without_cause(report, page)
    yield from _unknown(report, page)
    yield from _terms(report, page)
    yield from _muted(report, page)
    yield from _first_error(report, page)
    if page.options.verbose:
        yield from _timeline(report, page)
        yield from _every_check(report, page)
    if not nothing_checked(report):
        yield Text()
        yield from _counts(report, page)


def _head(report: Report, page: Page) -> Iterator[Text]:
    target = report.target
    when = "%Y-%m-%d %H:%M:%S %Z" if page.options.verbose else "%H:%M:%S"
    parts = (
        f"diagnose {report.tool_version}",
        target_name(report),
        f"context {target.context}" if target.context else "",
        f"managed by {manager}" if (manager := target.release.get("managed_by")) else "",
        subject(report),
        f"{report.started_at:{when}}",
        profile_text(report),
    )
    yield from page.wrapped(page.styled(" · ".join(part for part in parts if part)), hang=0)
    if page.options.verbose and target.release:
        release = " · ".join(f"{key} {value}" for key, value in target.release.items())
        yield from page.wrapped(page.styled(f"release {release}"), hang=0)
    if page.options.verbose and target.profile_reason:
        yield from page.wrapped(page.styled(f"profile {target.profile}: {target.profile_reason}"), hang=0)
    for line in fact_lines(target.facts) if page.options.verbose else ():
        yield from page.wrapped(page.styled(line), hang=2)
    yield Text()
    body = joined(_verdict(report, page), Text("   "), page.styled(verdict_text(report)))
    yield from page.wrapped(body, lead="", hang=2 if page.narrow else 0)
    for line in filter(None, (running_now(report), target.remark)):
        yield from page.wrapped(page.styled(line), hang=0)
    yield from _workloads(report, page)


def _workloads(report: Report, page: Page) -> Iterator[Text]:
    """Yields a line for each workload of several, else one about others that are broken."""
    for index, state in enumerate(several(report)):
        if not index:
            yield Text()
        yield from page.wrapped(spaced(page.mark(mark_of(state)), page.styled(state_text(state))), lead="  ", hang=4)
        known = (f"profile {state.profile}", *fact_lines(state.facts)) if page.options.verbose and state.profile else ()
        for line in known:
            yield from page.wrapped(page.styled(line), lead="      ", hang=8)
    if others := other_broken(report):
        yield from page.wrapped(spaced(page.mark("warn"), page.styled(others)), lead="", hang=2)


def _cause(heading: str, cause: Cause, report: Report, page: Page) -> Iterator[Text]:
    finding = cause.finding
    style = "fail" if finding.severity is Severity.CRITICAL else "warn"
    likely = "· likely " if finding.confidence is Confidence.LIKELY else ""
    where = page.styled(f"{likely}· {affected(finding, report)}")
    title = joined(Text(heading, STYLES[style]), Text("  "), page.styled(finding.code, "strong"), Text(" "), where)
    yield from page.wrapped(title, lead="", hang=2 if page.narrow else 0)
    yield from page.wrapped(page.styled(finding.summary), lead="  ", hang=2)
    if page.options.verbose:
        yield from _subjects(cause, page)
    yield from _evidence(finding.evidence, report, page)
    if page.options.verbose and finding.proof:
        yield from page.labelled("proof", page.styled(finding.proof))
    if cause.explains:
        yield from page.with_label("consequences", _consequences(cause, report, page))
    for alternative in finding.alternatives:
        yield from page.labelled("or", page.styled(alternative))
    yield from _fix(cause, page)
    more = " · ".join(f"diagnose explain {code}" for code in finding.explained_codes)
    yield from page.labelled("more", page.styled(more))


def _subjects(cause: Cause, page: Page) -> Iterator[Text]:
    finding = cause.finding
    if finding.subjects:
        yield from page.labelled("about", page.styled(", ".join(finding.subjects)))
    if len(finding.pods) > 1:
        yield from page.labelled("pods", page.styled(", ".join(finding.pods)))


def _evidence(evidence_list: tuple[Evidence, ...], report: Report, page: Page) -> Iterator[Text]:
    verbose = page.options.verbose
    shown = evidence_list if verbose else evidence_list[:EVIDENCE]
    for evidence in shown:
        yield from page.labelled("evidence", page.styled(evidence_text(evidence, report)))
        yield from page.quoted(evidence.text, None if verbose else EVIDENCE_LINES)
        if verbose and evidence.command:
            yield from page.command(evidence.command, page.indent)
    if len(shown) < len(evidence_list):
        yield from page.labelled("", page.styled(f"… and {len(evidence_list) - len(shown)} more (-v shows them)"))


def _consequences(cause: Cause, report: Report, page: Page) -> list[Text]:
    ended = {outcome.check: outcome.status for outcome in report.outcomes}
    most = None if page.options.verbose else CONSEQUENCES
    items = []
    for check in cause.explains[:most]:
        status = ended.get(check, Status.UNKNOWN)
        note = page.styled("(skipped)", "dim") if status is Status.SKIP else Text()
        items.append(spaced(*(part for part in (page.mark(status.value), page.styled(check), note) if part)))
    if most and len(cause.explains) > most:
        items.append(page.styled(f"and {len(cause.explains) - most} more", "dim"))
    return page.flow(items, indent=page.indent)


def _fix(cause: Cause, page: Page) -> Iterator[Text]:
    remediation = cause.finding.remediation
    if page.options.verbose or not remediation.steps:
        yield from page.labelled("fix", page.styled(remediation.summary))
    elif page.narrow:
        yield Text("  fix", STYLES["dim"])
    column = min(max((len(effect(step)) for step in remediation.steps), default=0), MAX_EFFECT_WIDTH)
    for index, step in enumerate(remediation.steps, 1):
        label = "fix" if index == 1 and not page.options.verbose and not page.narrow else ""
        yield from _step(f"{index}. ", step, column, label, page)
    if page.options.verbose and remediation.docs:
        yield from page.labelled("docs", page.styled(remediation.docs))


def _step(numbered: str, step: Step, column: int, label: str, page: Page) -> Iterator[Text]:
    does = effect(step)
    gap = "" if not column else ": " if page.narrow and does else " " * max(3, column - len(does) + 3)
    body = joined(page.styled(does, "warn" if step.changes else "dim"), Text(gap), page.styled(step.text))
    hang = page.indent + len(numbered)
    lead = f"{f'  {label}'.ljust(page.indent)}{numbered}"
    yield from page.wrapped(body, lead=lead, hang=hang)
    if step.command:
        yield from page.command(step.command, hang)


def _without_cause(report: Report, page: Page) -> Iterator[Text]:
    """Yields findings without a cause: rare, but never omitted."""
    for outcome in unaccounted(report):
        yield Text()
        for finding in outcome.findings:
            code, where = page.styled(finding.code, "strong"), page.styled(f"· {affected(finding, report)}")
            yield from page.wrapped(spaced(page.mark(outcome.status.value), code, where), hang=0)
            yield from page.wrapped(page.styled(finding.summary), lead="  ", hang=2)
            yield from page.labelled("more", page.styled(f"diagnose explain {finding.code}"))


def _unknown(report: Report, page: Page) -> Iterator[Text]:
    """Yields the unknown checks by reason: they close a gate, so they are never omitted."""
    for index, (reason, checks) in enumerate(unknown_checks(report).items()):
        if not index:
            yield from page.heading("UNKNOWN", "unknown")
        many = len(checks) > 3
        which = number(len(checks), "check") if many else ", ".join(checks)
        yield from page.wrapped(spaced(page.mark("unknown"), page.styled(f"{which}: {reason}")), lead="  ", hang=4)
        if many:
            yield from page.wrapped(page.styled(", ".join(checks), "dim"), lead="    ", hang=4)


def _terms(report: Report, page: Page) -> Iterator[Text]:
    """Yields the unmet requirements of a gate and the changes since its baseline; unchanged findings only with -v."""
    lines = list(terms(report))
    if lines:
        yield from page.heading("GATE")
    for line in lines:
        yield from page.wrapped(page.styled(line), lead="  ", hang=2)
    for word, change in changes(report):
        if page.options.verbose or word != "unchanged":
            yield from page.labelled(word, page.styled(f"{change.code}: {change.summary}"))


def _muted(report: Report, page: Page) -> Iterator[Text]:
    """Yields the muted findings, which do not count but stay visible."""
    for index, line in enumerate(muted(report)):
        if not index:
            yield Text()
        yield from page.wrapped(spaced(page.mark("skip"), page.styled(line, "dim")), lead="", hang=2)


def _first_error(report: Report, page: Page) -> Iterator[Text]:
    """Yields the first error and the change before it, without claiming causality."""
    for index, (label, text) in enumerate(first_error_text(report)):
        if not index:
            yield Text()
        named = joined(page.styled(label, "dim"), Text("  "), page.styled(text))
        yield from page.wrapped(named, lead="", hang=2)


def _timeline(report: Report, page: Page) -> Iterator[Text]:
    rows = timeline_rows(report)
    gaps = tuple(timeline_omissions(report, len(rows)))
    if not rows and not gaps:
        return
    yield from page.heading("timeline")
    for row in rows:
        role = page.styled(f"· {row.role}" if row.role else "", "strong")
        source = page.styled(f"[{row.source}]", "dim")
        body = spaced(page.mark(row.mark), page.styled(f"{row.when}: {row.what}"), source, role)
        yield from page.wrapped(body, lead="  ", hang=4)
    for gap in gaps:
        yield from page.wrapped(spaced(page.mark("unknown"), page.styled(gap, "dim")), lead="  ", hang=4)
    yield from page.wrapped(page.styled(TIMELINE_NOTE, "dim"), lead="  ", hang=2)


def _every_check(report: Report, page: Page) -> Iterator[Text]:
    topics: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        topics.setdefault(outcome.check.partition(".")[0], []).append(outcome)
    for topic, outcomes in topics.items():
        yield from page.heading(topic)
        for outcome in outcomes:
            yield from _check(outcome, report, page)


def _check(outcome: Outcome, report: Report, page: Page) -> Iterator[Text]:
    took = page.styled(f"({outcome.check}, {outcome.duration_s:.2f} s)", "dim")
    body = spaced(page.mark(outcome.status.value), page.styled(outcome.title), took)
    yield from page.wrapped(body, lead="  ", hang=4)
    for remark in _remarks(outcome, report):
        yield from page.wrapped(page.styled(remark), lead="    ", hang=4)


def _remarks(outcome: Outcome, report: Report) -> Iterator[str]:
    lines = {cause.finding.code for cause in report.causes}
    for finding in outcome.findings:
        yield finding.code if finding.code in lines else f"{finding.code}: {finding.summary}"
    for each in outcome.muted:
        yield f"muted: {each.finding.code}: {each.finding.summary}"
    if outcome.explained_by:
        yield f"follows from {', '.join(outcome.explained_by)}"
    if outcome.reason:
        yield outcome.reason


def _counts(report: Report, page: Page) -> Iterator[Text]:
    rows = page.flow([page.styled(item) for item in status_counts(report, page.marks)])
    hint = [] if page.options.verbose else [page.styled("(-v lists them)", "dim")]
    yield from rows[:-1]
    yield from page.flow([rows[-1], *hint], gap=10)
