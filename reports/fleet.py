"""The renderers of a fleet for a terminal, comments, programs and browsers, the worst target first."""

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from rich.text import Text

from diagnose.model.fleet import Fleet, Member, MemberState, Shared
from diagnose.model.report import Cause, Severity, Status
from diagnose.text.characters import one_line
from diagnose.text.sentences import listed
from reports import Options
from reports.formats.json import dumped
from reports.text.comment_size import Block, fit_into_comment
from reports.text.markdown_escape import cell, code, prose
from reports.text.phrases import MARKS, effect, full_time, number, partial_run, plain, target_name, unknown_checks
from reports.text.terminal import STYLES, Page, joined, spaced


def html(fleet: Fleet, options: Options) -> str:
    """Renders the fleet as one HTML file; with `ascii`, other characters become character references."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"plain": plain, "one_line": one_line, "steps": _steps}
    text = environment.from_string(_template("fleet.html")).render(
        css=Markup(_template("fleet.css").strip()),
        rows=list(enumerate(fleet.members, 1)),
        has_details=lambda member: member.report and member.state is not MemberState.HEALTHY,
        causes=[(each, namespaces(each)) for each in fleet.causes],
        counts=[(STYLE[state], MARKS[STYLE[state]], text) for state, text in counts(fleet)],
        reported=reported(fleet),
        title=number(len(fleet.members), "target"),
        style=lambda member: STYLE[member.state],
        mark=lambda member: MARKS[STYLE[member.state]],
        name=name,
        sentence=sentence,
        first_code=first_code,
        unknown_checks=unknown_checks,
    )
    # A truncated character, or one that HTML does not allow, must not make the file unreadable.
    whole = text.encode("utf-8", "replace").decode()
    return f"{whole.encode('ascii', 'xmlcharrefreplace').decode() if options.ascii else whole}\n"


def _template(name: str) -> str:
    return (files("reports.html") / "templates" / name).read_text(encoding="utf-8")


def _steps(cause: Cause) -> list[tuple[str, str, str]]:
    """Returns effect, text and command of each step."""
    steps = cause.finding.remediation.steps
    return [(effect(step), one_line(step.text), plain(step.command)) for step in steps]


SCHEMA_VERSION = "1.0"
MAX_NAMESPACES = 8
MAX_NAME_WIDTH = 40
STYLE = {
    MemberState.BROKEN: "fail",
    MemberState.DEGRADED: "fail",
    MemberState.UNKNOWN: "unknown",
    MemberState.WARNED: "warn",
    MemberState.HEALTHY: "pass",
}
NAMES = {MemberState.WARNED: "with warnings"}
_BLOCK_NAMES = {0: "heading", 1: "cause", 2: "row of an unhealthy target", 3: "row of a healthy target"}


def console(fleet: Fleet, options: Options) -> str:
    """Renders the fleet for a terminal; healthy targets are listed only with -v."""
    page = Page(options)
    return page.printed(iter(_summary(fleet, page)) if options.quiet else _lines(fleet, page))


def markdown(fleet: Fleet, options: Options) -> str:
    """Renders the fleet as Markdown within the size limit of comments."""
    return fit_into_comment(_blocks(fleet), _BLOCK_NAMES, options)


def as_json(fleet: Fleet, options: Options) -> str:
    """Renders the fleet as JSON; keys are only added."""
    found = {
        "schema_version": SCHEMA_VERSION,
        "exit_code": int(fleet.exit_code),
        "counts": {state.value: fleet.count(state) for state in MemberState},
        "causes": [
            {"code": each.code, "severity": each.severity, "summary": each.summary, "namespaces": namespaces(each)}
            for each in fleet.causes
        ],
        "members": [_plain(member) for member in fleet.members],
    }
    return dumped(found, options)


FORMATS: dict[str, Callable[[Fleet, Options], str]] = {
    "console": console,
    "markdown": markdown,
    "json": as_json,
    "html": html,
}


def name(member: Member) -> str:
    """Returns the name of a member: its namespace and workload, else its file."""
    title = target_name(member.report) if member.report else one_line(member.namespace)
    return title or one_line(member.source) or "not known"


def sentence(member: Member) -> str:
    """Returns the first cause of a member, else why it is unknown; "" where it is healthy."""
    if member.report is None or member.problem:
        return one_line(member.problem)
    if member.report.causes:
        return one_line(member.report.causes[0].finding.summary)
    reasons = unknown_checks(member.report)
    if reasons:
        reason, checks = max(reasons.items(), key=lambda each: len(each[1]))
        return f"{number(sum(map(len, reasons.values())), 'check')} unknown, {len(checks)} because: {reason}"
    if member.report.selection:
        return partial_run(member.report)
    return "" if member.report.complete and member.report.outcomes else "the run was not completed"


def first_code(member: Member) -> str:
    """Returns the code of the first cause, or ""."""
    return member.causes[0].finding.code if member.causes else ""


def namespaces(shared: Shared) -> tuple[str, ...]:
    """Returns the namespaces that have a cause."""
    return tuple(dict.fromkeys(name(member) if not member.namespace else member.namespace for member in shared.members))


def reported(fleet: Fleet) -> str:
    """Returns the period of the reports."""
    # Sorted by timestamp, because some may have a time zone and others none.
    times = sorted((each.report.started_at for each in fleet.members if each.report), key=datetime.timestamp)
    if not times:
        return "no report"
    first, last = full_time(times[0]), full_time(times[-1])
    return f"reports of {first}" if first == last else f"reports from {first} to {last}"


def counts(fleet: Fleet) -> tuple[tuple[MemberState, str], ...]:
    """Returns the non-zero numbers of members by state, as text."""
    return tuple(
        (state, f"{fleet.count(state):,} {NAMES.get(state, state.value)}")
        for state in MemberState
        if fleet.count(state)
    )


def _plain(member: Member) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "source": member.source,
        "namespace": member.namespace,
        "state": member.state,
        "exit_code": int(member.exit_code),
        "problem": member.problem,
        "sentence": sentence(member),
    }
    if report := member.report:
        plain |= {
            "context": report.target.context,
            "workload": {"kind": report.target.workload_kind, "name": report.target.workload_name},
            "pods": len(report.target.pods),
            "started_at": report.started_at,
            "complete": report.complete,
            "verdict": report.verdict,
            "counts": {status.value: report.count(status) for status in Status},
            "causes": [
                {
                    "code": cause.finding.code,
                    "check": cause.check,
                    "severity": cause.finding.severity,
                    "summary": cause.finding.summary,
                }
                for cause in report.causes
            ],
        }
    return plain


def _summary(fleet: Fleet, page: Page) -> list[Text]:
    """Returns the one line of a quiet run: the numbers of targets by state."""
    states = [spaced(page.mark(STYLE[state]), page.styled(text)) for state, text in counts(fleet)]
    return [spaced(page.styled(f"{number(len(fleet.members), 'target')}:"), *states)]


def _lines(fleet: Fleet, page: Page) -> Iterator[Text]:
    yield from page.wrapped(page.styled(f"{number(len(fleet.members), 'target')} · {reported(fleet)}"), hang=0)
    yield Text()
    yield from page.flow([spaced(page.mark(STYLE[state]), page.styled(text)) for state, text in counts(fleet)])
    if fleet.causes:
        yield from page.heading("CAUSES")
    for shared in fleet.causes:
        yield from _cause(shared, page)
    shown = [member for member in fleet.members if page.options.verbose or member.state is not MemberState.HEALTHY]
    if shown:
        yield from page.heading("TARGETS")
    width = min(max((len(name(member)) for member in shown), default=0), MAX_NAME_WIDTH)
    for member in shown:
        yield from _member(member, width, page)
    if len(shown) < len(fleet.members):
        yield Text()
        well = number(len(fleet.members) - len(shown), "target")
        yield page.styled(f"{well} healthy (-v lists them)", "dim")


def _cause(shared: Shared, page: Page) -> Iterator[Text]:
    affected = namespaces(shared)
    most = len(affected) if page.options.verbose else MAX_NAMESPACES
    style = "fail" if shared.severity is Severity.CRITICAL else "warn"
    where = page.styled(f"in {number(len(affected), 'namespace')}: {listed(affected, most)}")
    yield from page.wrapped(spaced(page.mark(style), page.styled(shared.code, "strong"), where), lead="  ", hang=4)
    yield from page.wrapped(page.styled(shared.summary), lead="    ", hang=4)


def _member(member: Member, width: int, page: Page) -> Iterator[Text]:
    style = STYLE[member.state]
    named = Text(page.encoded(name(member)).ljust(width + 2), STYLES["strong"])
    state = Text(member.state.value.ljust(10), STYLES[style])
    title = joined(spaced(page.mark(style), named), state, page.styled(first_code(member)))
    yield from page.wrapped(title, lead="  ", hang=4)
    if text := sentence(member):
        yield from page.wrapped(page.styled(text, "dim"), lead="    ", hang=4)


def _blocks(fleet: Fleet) -> Iterator[Block]:
    text = " · ".join(f"{MARKS[STYLE[state]]} {text}" for state, text in counts(fleet))
    yield Block(0, f"## {number(len(fleet.members), 'target')}: {text}\n\nExamined: {prose(reported(fleet))}\n")
    if fleet.causes:
        yield Block(0, "### Causes\n")
    for shared in fleet.causes:
        affected = namespaces(shared)
        mark = "✗" if shared.severity is Severity.CRITICAL else "!"
        where = f"{number(len(affected), 'namespace')}: {listed(map(code, affected), MAX_NAMESPACES)}"
        yield Block(1, f"- {mark} {code(shared.code)} in {where}. {prose(shared.summary, 400)}")
    yield Block(0, "\n### Targets\n\n| | target | state | first cause | summary |\n|---|---|---|---|---|")
    for member in fleet.members:
        mark, text = MARKS[STYLE[member.state]], cell(sentence(member))
        row = f"| {mark} | {_in_cell(name(member))} | {member.state.value} | {_in_cell(first_code(member))} | {text} |"
        yield Block(3 if member.state is MemberState.HEALTHY else 2, row)


def _in_cell(text: str) -> str:
    """Returns a name as code in a table, where a pipe counts even within code."""
    return code(text.replace("|", "¦"))
