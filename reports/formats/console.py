"""The report for a person at a terminal: the cause first, readable without colour, commands never wrapped."""

from collections.abc import Iterator

from rich.text import Text

from diagnose.model.report import Cause, Confidence, Evidence, Outcome, Report, Severity, Status, Step
from reports import Options
from reports.text.gate import changes, terms
from reports.text.phrases import (
    MARK_OF,
    affected,
    counted,
    effect,
    headed,
    muted,
    number,
    place,
    profile_words,
    seen_words,
    unaccounted,
    unanswered,
    verdict_words,
)
from reports.text.terminal import STYLES, Page, joined
from reports.text.timeline import TIMELINE_NOTE, break_words, timeline_gaps, timeline_rows

EVIDENCE = 3
EVIDENCE_LINES = 6
CONSEQUENCES = 8
WIDEST_EFFECT = 24


def render(report: Report, options: Options) -> str:
    """The report as lines for a terminal of the options' width."""
    page = Page(options)
    return page.printed(_lines(report, page))


def _lines(report: Report, page: Page) -> Iterator[Text]:
    yield from _head(report, page)
    for heading, cause in headed(report):
        yield Text()
        yield from _cause(heading, cause, report, page)
    yield from _without_cause(report, page)
    yield from _unknown(report, page)
    yield from _terms(report, page)
    yield from _muted(report, page)
    yield from _break(report, page)
    if page.options.verbose:
        yield from _timeline(report, page)
        yield from _every_check(report, page)
    yield Text()
    yield from _counts(report, page)


def _head(report: Report, page: Page) -> Iterator[Text]:
    target = report.target
    when = "%Y-%m-%d %H:%M:%S %Z" if page.options.verbose else "%H:%M:%S"
    parts = (
        f"diagnose {report.tool_version}",
        place(report),
        f"context {target.context}" if target.context else "",
        f"kept by {kept}" if (kept := target.release.get("managed_by")) else "",
        number(len(target.pods), "pod") if target.workload_name else "",
        f"{report.started_at:{when}}",
        profile_words(report),
    )
    yield from page.wrapped(page.words(" · ".join(part for part in parts if part)), hang=0)
    if page.options.verbose and target.release:
        release = " · ".join(f"{key} {value}" for key, value in target.release.items())
        yield from page.wrapped(page.words(f"release {release}"), hang=0)
    if page.options.verbose and target.profile_reason:
        yield from page.wrapped(page.words(f"profile {target.profile}: {target.profile_reason}"), hang=0)
    yield Text()
    style = MARK_OF[report.verdict]
    verdict = Text(f"{page.marks[style]} {report.verdict.value.upper()}", STYLES[style])
    body = joined(verdict, Text("   "), page.words(verdict_words(report)))
    yield from page.wrapped(body, lead="", hang=2 if page.narrow else 0)


def _cause(heading: str, cause: Cause, report: Report, page: Page) -> Iterator[Text]:
    finding = cause.finding
    style = "fail" if finding.severity is Severity.CRITICAL else "warn"
    likely = "· likely " if finding.confidence is Confidence.LIKELY else ""
    where = page.words(f"{likely}· {affected(finding, report)}")
    title = joined(Text(heading, STYLES[style]), Text("  "), page.words(finding.code, "strong"), Text(" "), where)
    yield from page.wrapped(title, lead="", hang=2 if page.narrow else 0)
    yield from page.wrapped(page.words(finding.summary), lead="  ", hang=2)
    if page.options.verbose:
        yield from _whom(cause, page)
    yield from _evidence(finding.evidence, report, page)
    if cause.explains:
        yield from page.beside("therefore", _consequences(cause, report, page))
    for alternative in finding.alternatives:
        yield from page.labelled("or", page.words(alternative))
    yield from _fix(cause, page)
    yield from page.labelled("more", page.words(f"diagnose explain {finding.code}"))


def _whom(cause: Cause, page: Page) -> Iterator[Text]:
    finding = cause.finding
    if finding.subjects:
        yield from page.labelled("about", page.words(", ".join(finding.subjects)))
    if len(finding.pods) > 1:
        yield from page.labelled("pods", page.words(", ".join(finding.pods)))


def _evidence(seen: tuple[Evidence, ...], report: Report, page: Page) -> Iterator[Text]:
    verbose = page.options.verbose
    shown = seen if verbose else seen[:EVIDENCE]
    for evidence in shown:
        yield from page.labelled("seen", page.words(seen_words(evidence, report)))
        yield from page.quoted(evidence.text, None if verbose else EVIDENCE_LINES)
        if verbose and evidence.command:
            yield from page.command(evidence.command, page.indent)
    if len(shown) < len(seen):
        yield from page.labelled("", page.words(f"… and {len(seen) - len(shown)} more (-v shows them)"))


def _consequences(cause: Cause, report: Report, page: Page) -> list[Text]:
    ended = {outcome.check: outcome.status for outcome in report.outcomes}
    most = None if page.options.verbose else CONSEQUENCES
    items = []
    for check in cause.explains[:most]:
        status = ended.get(check, Status.UNKNOWN)
        asked = page.words("(not asked)", "dim") if status is Status.SKIP else Text()
        items.append(Text(" ").join(part for part in (page.mark(status.value), page.words(check), asked) if part))
    if most and len(cause.explains) > most:
        items.append(page.words(f"and {len(cause.explains) - most} more", "dim"))
    return page.flow(items, indent=page.indent)


def _fix(cause: Cause, page: Page) -> Iterator[Text]:
    remediation = cause.finding.remediation
    if page.options.verbose or not remediation.steps:
        yield from page.labelled("fix", page.words(remediation.summary))
    elif page.narrow:
        yield Text("  fix", STYLES["dim"])
    column = min(max((len(effect(step)) for step in remediation.steps), default=0), WIDEST_EFFECT)
    for place_, step in enumerate(remediation.steps, 1):
        label = "fix" if place_ == 1 and not page.options.verbose and not page.narrow else ""
        yield from _step(f"{place_}. ", step, column, label, page)
    if page.options.verbose and remediation.docs:
        yield from page.labelled("docs", page.words(remediation.docs))


def _step(numbered: str, step: Step, column: int, label: str, page: Page) -> Iterator[Text]:
    does = effect(step)
    gap = "" if not column else ": " if page.narrow and does else " " * max(3, column - len(does) + 3)
    body = joined(page.words(does, "warn" if step.changes else "dim"), Text(gap), page.words(step.text))
    hang = page.indent + len(numbered)
    lead = f"{f'  {label}'.ljust(page.indent)}{numbered}"
    yield from page.wrapped(body, lead=lead, hang=hang)
    if step.command:
        yield from page.command(step.command, hang)


def _without_cause(report: Report, page: Page) -> Iterator[Text]:
    """What is wrong and belongs to no cause: rare, but never to be left out."""
    for outcome in unaccounted(report):
        yield Text()
        for finding in outcome.findings:
            where = page.words(f"· {affected(finding, report)}")
            mark = page.mark(outcome.status.value)
            yield from page.wrapped(
                joined(mark, Text(" "), page.words(finding.code, "strong"), Text(" "), where), hang=0
            )
            yield from page.wrapped(page.words(finding.summary), lead="  ", hang=2)
            yield from page.labelled("more", page.words(f"diagnose explain {finding.code}"))


def _unknown(report: Report, page: Page) -> Iterator[Text]:
    """What could not be told, by reason: it closes a gate, so it is never left out."""
    for place_, (reason, checks) in enumerate(unanswered(report).items()):
        if not place_:
            yield Text()
            yield Text("COULD NOT LOOK", STYLES["unknown"])
        many = len(checks) > 3
        which = number(len(checks), "check") if many else ", ".join(checks)
        body = joined(page.mark("unknown"), Text(" "), page.words(f"{which}: {reason}"))
        yield from page.wrapped(body, lead="  ", hang=4)
        if many:
            yield from page.wrapped(page.words(", ".join(checks), "dim"), lead="    ", hang=4)


def _terms(report: Report, page: Page) -> Iterator[Text]:
    """What a gate asked for besides, and what is new since its baseline; all of what is old only with -v."""
    told = list(terms(report))
    if told:
        yield Text()
        yield Text("GATE", STYLES["strong"])
    for line in told:
        yield from page.wrapped(page.words(line), lead="  ", hang=2)
    shown = [each for each in changes(report) if page.options.verbose or each[0] != "unchanged"]
    for word, change in shown:
        yield from page.labelled(word, page.words(f"{change.code}: {change.summary}"))


def _muted(report: Report, page: Page) -> Iterator[Text]:
    """What somebody chose not to be alarmed by: it does not count, but nobody shall forget it."""
    for place_, line in enumerate(muted(report)):
        if not place_:
            yield Text()
        yield from page.wrapped(joined(page.mark("skip"), Text(" "), page.words(line, "dim")), lead="", hang=2)


def _break(report: Report, page: Page) -> Iterator[Text]:
    """What went wrong first, and what had changed before it; nothing is said of whether one led to the other."""
    for place_, (label, words) in enumerate(break_words(report)):
        if not place_:
            yield Text()
        named = joined(page.words(label, "dim"), Text("  "), page.words(words))
        yield from page.wrapped(named, lead="", hang=2)


def _timeline(report: Report, page: Page) -> Iterator[Text]:
    rows = timeline_rows(report)
    gaps = tuple(timeline_gaps(report, len(rows)))
    if not rows and not gaps:
        return
    yield Text()
    yield page.words("timeline", "strong")
    for row in rows:
        role = page.words(f"· {row.role}" if row.role else "", "strong")
        source = page.words(f"[{row.source}]", "dim")
        body = joined(
            page.mark(row.mark), Text(" "), page.words(f"{row.when}: {row.what}"), Text(" "), source, Text(" "), role
        )
        yield from page.wrapped(body, lead="  ", hang=4)
    for gap in gaps:
        yield from page.wrapped(joined(page.mark("unknown"), Text(" "), page.words(gap, "dim")), lead="  ", hang=4)
    yield from page.wrapped(page.words(TIMELINE_NOTE, "dim"), lead="  ", hang=2)


def _every_check(report: Report, page: Page) -> Iterator[Text]:
    topics: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        topics.setdefault(outcome.check.partition(".")[0], []).append(outcome)
    for topic, outcomes in topics.items():
        yield Text()
        yield page.words(topic, "strong")
        for outcome in outcomes:
            yield from _check(outcome, report, page)


def _check(outcome: Outcome, report: Report, page: Page) -> Iterator[Text]:
    took = page.words(f"({outcome.check}, {outcome.duration_s:.2f} s)", "dim")
    body = joined(page.mark(outcome.status.value), Text(" "), page.words(outcome.title), Text(" "), took)
    yield from page.wrapped(body, lead="  ", hang=4)
    for remark in _remarks(outcome, report):
        yield from page.wrapped(page.words(remark), lead="    ", hang=4)


def _remarks(outcome: Outcome, report: Report) -> Iterator[str]:
    told = {cause.finding.code for cause in report.causes}
    for finding in outcome.findings:
        yield finding.code if finding.code in told else f"{finding.code}: {finding.summary}"
    for each in outcome.muted:
        yield f"muted: {each.finding.code}: {each.finding.summary}"
    if outcome.explained_by:
        yield f"follows from {', '.join(outcome.explained_by)}"
    if outcome.reason:
        yield outcome.reason


def _counts(report: Report, page: Page) -> Iterator[Text]:
    rows = page.flow([page.words(item) for item in counted(report, page.marks)])
    hint = [] if page.options.verbose else [page.words("(-v lists them)", "dim")]
    yield from rows[:-1]
    yield from page.flow([rows[-1], *hint], gap=10)
