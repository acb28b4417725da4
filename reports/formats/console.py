"""The report for a terminal: the cause first, readable without colour, commands never wrapped."""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from diagnose.model.report import Cause, Confidence, Finding, Outcome, Report, Severity, State, Status, Step
from diagnose.text.characters import one_line
from diagnose.text.sentences import ending, listed
from reports import Options
from reports.text.evidence import shown_evidence
from reports.text.fix import check_again, hides_its_effect, says_the_same, shown_fix
from reports.text.gate import changes, terms
from reports.text.phrases import (
    affected,
    cost,
    counts_text,
    effect,
    evidence_text,
    fact_lines,
    headline,
    impact_parts,
    mark_of,
    muted,
    not_as_released,
    nothing_checked,
    number,
    number_of_causes,
    other_broken,
    profile_text,
    restrictions,
    role_command,
    running_now,
    several,
    since_text,
    so_text,
    state_text,
    subject,
    target_name,
    unaccounted,
    unknown_checks,
)
from reports.text.terminal import STYLES, Page, joined, spaced
from reports.text.timeline import TIMELINE_NOTE, changed_text, first_error_text, timeline_omissions, timeline_rows

MAX_WARNINGS = 2
MAX_REASON = 120
MAX_EFFECT_WIDTH = 24
NAMED = 12
"""How many objects a list of them names, which may be thousands of pods."""
BETWEEN = "   "
"""The least gap between the state and the target."""


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
    yield from _causes(report, page)
    yield from _without_cause(report, page)
    yield from _unknown(report, page)
    yield from _terms(report, page)
    yield from _muted(report, page)
    if page.options.timeline:
        yield from _first_error(report, page)
        yield from _timeline(report, page)
    if page.options.verbose:
        yield from _every_check(report, page)
    if not nothing_checked(report):
        yield from [Text()] if page.options.verbose else []
        yield from _counts(report, page)


def _head(report: Report, page: Page) -> Iterator[Text]:
    """Yields the state since when, the target, and how bad it is."""
    state = spaced(*(part for part in (_verdict(report, page), page.styled(since_text(report), "strong")) if part))
    where = _where(report)
    gap = page.options.width - cell_len(state.plain) - cell_len(page.encoded(where))
    fits = gap >= len(BETWEEN) and not page.narrow
    if fits and where:
        yield joined(state, Text(" " * gap), page.styled(where))
    else:
        yield from page.wrapped(state, lead="", hang=2)
    parts = ("" if fits else where, *restrictions(report), *impact_parts(report), number_of_causes(report))
    if text := " · ".join(part for part in parts if part):
        yield from page.wrapped(page.styled(text), lead="  ", hang=2)
    released = () if page.options.verbose else not_as_released(report)
    for line in filter(None, (running_now(report), report.target.remark, *released)):
        yield from page.wrapped(page.styled(line), lead="  ", hang=2)
    if page.options.verbose:
        yield from _details(report, page)
    yield from _workloads(report, page)


def _where(report: Report) -> str:
    """Returns the target, how many workloads or which file it is, and the context."""
    about = subject(report) if several(report) or report.target.manifest else ""
    return " · ".join(filter(None, (target_name(report), about, one_line(report.target.context))))


def _details(report: Report, page: Page) -> Iterator[Text]:
    """Yields which program examined what, and what is known of it."""
    target = report.target
    parts = (
        f"diagnose {report.tool_version}",
        f"{report.started_at:%Y-%m-%d %H:%M:%S %Z}",
        profile_text(report),
        f"managed by {manager}" if (manager := target.release.get("managed_by")) else "",
        subject(report),
        cost(report),
    )
    yield Text()
    yield from page.wrapped(page.styled(" · ".join(part for part in parts if part)), lead="  ", hang=2)
    if target.release:
        release = " · ".join(f"{key} {value}" for key, value in target.release.items())
        yield from page.wrapped(page.styled(f"release {release}"), lead="  ", hang=2)
    if target.profile_reason:
        yield from page.wrapped(page.styled(f"profile {target.profile}: {target.profile_reason}"), lead="  ", hang=2)
    for line in fact_lines(target.facts):
        yield from page.wrapped(page.styled(line), lead="  ", hang=4)


def _workloads(report: Report, page: Page) -> Iterator[Text]:
    """Yields a line for each workload of several that is not well, else one about others that are broken."""
    states = several(report)
    healthy = [each for each in states if each.state is State.HEALTHY and not each.warnings]
    stated = "" if page.options.verbose or not report.causes else report.causes[0].finding.summary
    hidden = () if page.options.verbose or len(healthy) == len(states) else healthy
    for index, state in enumerate(each for each in states if each not in hidden):
        if not index:
            yield Text()
        body = spaced(page.mark(mark_of(state)), page.styled(state_text(state, stated)))
        yield from page.wrapped(body, lead="  ", hang=4)
        known = (f"profile {state.profile}", *fact_lines(state.facts)) if page.options.verbose and state.profile else ()
        for line in known:
            yield from page.wrapped(page.styled(line), lead="      ", hang=8)
    if hidden:
        more = f"{len(hidden):,} more {'is' if len(hidden) == 1 else 'are'} healthy"
        yield from page.wrapped(spaced(page.mark("pass"), page.styled(more)), lead="  ", hang=4)
    if others := other_broken(report):
        yield from page.wrapped(spaced(page.mark("warn"), page.styled(others)), lead="  ", hang=4)


def _causes(report: Report, page: Page) -> Iterator[Text]:
    """Yields the first cause whole, the others briefly; a warning is one sentence below a cause."""
    serious = [each for each in report.causes if each.finding.severity is Severity.CRITICAL]
    rest = [each for each in report.causes if each not in serious]
    for index, cause in enumerate(serious):
        yield Text()
        if index or page.options.verbose or len(serious) > 1:
            yield page.styled(f"CAUSE {index + 1} OF {len(serious)}", "fail")
        yield from _cause(cause, report, page, brief=bool(index))
    for index, cause in enumerate(rest):
        if page.options.verbose or report.is_audit or not serious:
            yield Text()
            yield from _cause(cause, report, page, brief=bool(index))
        elif index < MAX_WARNINGS:
            yield from [] if index else [Text()]
            warning = page.styled(f"{one_line(cause.finding.summary)} {cause.finding.code}")
            yield from page.wrapped(spaced(page.mark("warn"), warning), lead="  ", hang=4)
    if serious and len(rest) > MAX_WARNINGS and not (page.options.verbose or report.is_audit):
        yield from page.wrapped(page.styled(f"and {number(len(rest) - MAX_WARNINGS, 'more warning')}"), lead="    ")


def _cause(cause: Cause, report: Report, page: Page, *, brief: bool) -> Iterator[Text]:
    """Yields the sentence, the fix, and what shows it; the latter only with -v where it is to be brief."""
    finding, verbose = cause.finding, page.options.verbose
    mark = [] if finding.severity is Severity.CRITICAL else [page.mark("warn")]
    body = spaced(*mark, page.styled(finding.summary, "" if mark else "strong"))
    yield from page.wrapped(body, lead="  ", hang=4 if mark else 2)
    if verbose:
        yield from _subjects(cause, page)
    if not brief:
        yield Text()
    yield from _every_step(cause, page) if verbose else _fix(cause, report, page, brief=brief)
    if verbose or not brief:
        yield from _alternatives(finding, page)
        yield from _evidence(cause, report, page)
    if verbose and finding.proof:
        yield from page.labelled("proof", page.styled(finding.proof))
    if not brief:
        for text in changed_text(report):
            yield from page.labelled("changed", page.styled(text))
    if cause.explains and verbose:
        yield from page.with_label("so", _consequences(cause, report, page))
    elif not brief and (text := so_text(cause, report)):
        yield from page.labelled("so", page.styled(text))
    yield from _reference(cause, report, page)


def _alternatives(finding: Finding, page: Page) -> Iterator[Text]:
    shown = finding.alternatives if page.options.verbose else finding.alternatives[:1]
    hidden = len(finding.alternatives) - len(shown)
    for alternative in shown:
        more = f" ({hidden} more: -v)" if hidden else ""
        yield from page.labelled("or", page.styled(f"{alternative}{more}"))


def _reference(cause: Cause, report: Report, page: Page) -> Iterator[Text]:
    """Yields where to read more: the command with the code comes last."""
    finding, pods = cause.finding, len(report.target.pods)
    parts = (
        "" if finding.confidence is Confidence.CERTAIN else "likely",
        f"{len(finding.pods):,} of {number(pods, 'pod')}" if 0 < len(finding.pods) < pods else "",
        f"owner {one_line(cause.owner)}" if cause.owner else "",
        one_line(cause.runbook),
        *(f"diagnose explain {code}" for code in finding.explained_codes[: None if page.options.verbose else 1]),
    )
    yield from page.wrapped(page.styled(" · ".join(part for part in parts if part), "dim"), lead="  ", hang=2)


def _subjects(cause: Cause, page: Page) -> Iterator[Text]:
    finding = cause.finding
    pods = {f"pod/{each}" for each in finding.pods} if len(finding.pods) > 1 else set()
    if about := [each for each in finding.subjects if each not in pods]:
        yield from page.labelled("about", page.styled(listed(about, NAMED)))
    if pods:
        yield from page.labelled("pods", page.styled(listed(finding.pods, NAMED)))


def _evidence(cause: Cause, report: Report, page: Page) -> Iterator[Text]:
    if not page.options.verbose:
        for index, text in enumerate(shown_evidence(cause, report)):
            # After the first piece those that fit into one line.
            if not index or page.indent + cell_len(text) <= page.options.width:
                yield from page.labelled("evidence", page.styled(text))
        return
    for evidence in cause.finding.evidence:
        yield from page.labelled("evidence", page.styled(evidence_text(evidence, report)))
        yield from page.quoted(evidence.text, None)
        if evidence.command:
            yield from page.command(evidence.command, page.indent)


def _consequences(cause: Cause, report: Report, page: Page) -> list[Text]:
    ended = {outcome.check: outcome.status for outcome in report.outcomes}
    items = []
    for check in cause.explains:
        status = ended.get(check, Status.UNKNOWN)
        note = page.styled("(skipped)", "dim") if status is Status.SKIP else Text()
        items.append(spaced(*(part for part in (page.mark(status.value), page.styled(check), note) if part)))
    return page.flow(items, indent=page.indent)


def _fix(cause: Cause, report: Report, page: Page, *, brief: bool) -> Iterator[Text]:
    """Yields the sentence of the fix, the command that fixes it, what decides, the rollback, and how to check again."""
    summary, fix = cause.finding.remediation.summary, shown_fix(cause.finding)
    step = fix.fixing
    decide = [] if brief or not fix.deciding else list(_labelled_step("decide", fix.deciding, page))
    # What decides comes first where it is declared so.
    yield from decide if fix.decides_first else []
    if step and (step.changes or says_the_same(summary, step.text)):
        yield from _labelled_step("fix", step, page)
    else:
        yield from page.labelled("fix", page.styled(summary))
        if step:
            yield from _labelled_step("look" if step.command else "", step, page)
    if brief:
        return
    if fix.preparing:
        yield from _labelled_step("", fix.preparing, page)
    yield from [] if fix.decides_first else decide
    if fix.conditional:
        yield from _labelled_step("", fix.conditional, page)
    if fix.rollback:
        yield from page.with_label("rollback", list(page.command(fix.rollback.command, 0)))
    if again := check_again(cause, report):
        yield from page.with_label("then", list(page.command(again, 0)))


def _labelled_step(label: str, step: Step, page: Page) -> Iterator[Text]:
    """Yields a step with its command, and what that changes where it does not show it by itself."""
    does = [page.styled(f"({effect(step)})", "warn")] if hides_its_effect(step) else []
    yield from page.labelled(label, spaced(page.styled(step.text), *does))
    if step.command:
        yield from page.command(step.command, page.indent)


def _every_step(cause: Cause, page: Page) -> Iterator[Text]:
    remediation = cause.finding.remediation
    yield from page.labelled("fix", page.styled(remediation.summary))
    column = min(max((len(effect(step)) for step in remediation.steps), default=0), MAX_EFFECT_WIDTH)
    for index, step in enumerate(remediation.steps, 1):
        yield from _step(f"{index}. ", step, column, page)


def _step(numbered: str, step: Step, column: int, page: Page) -> Iterator[Text]:
    does = effect(step)
    gap = "" if not column else ": " if page.narrow and does else " " * max(3, column - len(does) + 3)
    body = joined(page.styled(does, "warn" if step.changes else "dim"), Text(gap), page.styled(step.text))
    hang = page.indent + len(numbered)
    lead = f"{' ' * page.indent}{numbered}"
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
    """Yields the unknown checks by reason: they close a gate, so they are never omitted; with a failure in brief."""
    reasons = unknown_checks(report)
    brief = bool(report.count(Status.FAIL)) and not report.is_gate and not page.options.verbose
    if brief and reasons:
        reason = ending(next(iter(reasons)), MAX_REASON)
        which = number(report.count(Status.UNKNOWN), "check")
        yield Text()
        yield from page.wrapped(
            spaced(page.mark("unknown"), page.styled(f"{which} unknown: {reason}")), lead="  ", hang=4
        )
        return
    for index, (reason, checks) in enumerate(reasons.items()):
        if not index:
            yield from page.heading("UNKNOWN", "unknown")
        many = len(checks) > 3
        which = number(len(checks), "check") if many else ", ".join(checks)
        yield from page.wrapped(spaced(page.mark("unknown"), page.styled(f"{which}: {reason}")), lead="  ", hang=4)
        if many:
            yield from page.wrapped(page.styled(", ".join(checks), "dim"), lead="    ", hang=4)
    if role := role_command(report):
        yield from page.labelled("next", page.styled("Print the role for who grants it."))
        yield from page.with_label("", list(page.command(role, 0)))


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
    hint = "" if page.options.verbose else "    -v: all"
    counted, _, took = counts_text(report).rpartition(" in ")
    *counts, last = counted.split(", ")
    # A number stays in one line with its word.
    parts = [page.styled(each) for each in (*(f"{each}," for each in counts), last, f"in {took}")]
    yield from page.flow([*parts[:-1], joined(parts[-1], Text(hint, STYLES["dim"]))], gap=1)
