"""Many reports on one page, the worst first: for a terminal, for a comment, for programs, for a browser.

The fleet as one HTML file: a table, the worst first, and under it what is known of each that is not well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined
from rich.text import Text

from diagnose.model.fleet import Fleet, Member, Shared, State
from diagnose.model.report import Cause, Severity, Status
from reports import Options
from reports.formats.json import dumped
from reports.text.comment_size import Block, fitted
from reports.text.markdown_escape import cell, code, prose
from reports.text.phrases import MARKS, effect, full_time, number, one_line, place, plain, unanswered
from reports.text.terminal import STYLES, Page, joined


@dataclass(frozen=True)
class _Row:
    """A member with its place, by which a link finds its details."""

    place: int
    member: Member

    @property
    def has_details(self) -> bool:
        """Whether there is more to say than the row says."""
        return bool(self.member.report) and self.member.state is not State.HEALTHY


def html(fleet: Fleet, options: Options) -> str:
    """Returns the fleet as one HTML file; with `ascii`, everything else is written as a character reference."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"plain": plain, "one_line": one_line, "steps": _steps}
    source = (files("reports.html") / "templates" / "fleet.html").read_text(encoding="utf-8")
    text = environment.from_string(source).render(
        rows=[_Row(place, member) for place, member in enumerate(fleet.members, 1)],
        causes=[(each, namespaces(each)) for each in fleet.causes],
        counts=[(STYLE[state], MARKS[STYLE[state]], words) for state, words in counts(fleet)],
        reported=reported(fleet),
        title=number(len(fleet.members), "target"),
        style=lambda member: STYLE[member.state],
        mark=lambda member: MARKS[STYLE[member.state]],
        name=name,
        sentence=sentence,
        first_code=first_code,
        unanswered=unanswered,
    )
    # Half a character, or one that HTML has not, must not make the file unreadable.
    whole = text.encode("utf-8", "replace").decode()
    return f"{whole.encode('ascii', 'xmlcharrefreplace').decode() if options.ascii else whole}\n"


def _steps(cause: Cause) -> list[tuple[str, str, str]]:
    """Effect, words and command of each step."""
    steps = cause.finding.remediation.steps
    return [(effect(step), one_line(step.text), plain(step.command)) for step in steps]


SCHEMA_VERSION = "1.0"
NAMED = 8
WIDEST_NAME = 40
STYLE = {
    State.BROKEN: "fail",
    State.DEGRADED: "fail",
    State.UNKNOWN: "unknown",
    State.WARNED: "warn",
    State.HEALTHY: "pass",
}
CALLED = {State.WARNED: "with warnings"}
_LEFT_OUT = {0: "heading", 1: "cause", 2: "row of a target that is not well", 3: "row of a target that is well"}


def console(fleet: Fleet, options: Options) -> str:
    """The fleet as lines for a terminal of the options' width; who is well is listed only where all is wanted."""
    page = Page(options)
    return page.printed(_lines(fleet, page))


def markdown(fleet: Fleet, options: Options) -> str:
    """The fleet as Markdown that fits an issue's comment."""
    return fitted(_blocks(fleet), _LEFT_OUT, options)


def as_json(fleet: Fleet, options: Options) -> str:
    """The fleet for programs; keys are only added."""
    plain = msgspec.to_builtins(
        {
            "schema_version": SCHEMA_VERSION,
            "exit_code": int(fleet.exit_code),
            "counts": {state.value: fleet.count(state) for state in State},
            "causes": [
                {"code": each.code, "severity": each.severity, "summary": each.summary, "namespaces": namespaces(each)}
                for each in fleet.causes
            ],
            "members": [_plain(member) for member in fleet.members],
        },
        enc_hook=str,
    )
    return dumped(plain, options)


FORMATS: dict[str, Callable[[Fleet, Options], str]] = {
    "console": console,
    "markdown": markdown,
    "json": as_json,
    "html": html,
}


def name(member: Member) -> str:
    """A member as it is called: its namespace and workload, else its file."""
    called = place(member.report) if member.report else one_line(member.namespace)
    return called or one_line(member.source) or "not known"


def sentence(member: Member) -> str:
    """What to know of a member first: its first cause, else why it is unknown; "" where it is well."""
    if member.report is None or member.problem:
        return one_line(member.problem)
    if member.report.causes:
        return one_line(member.report.causes[0].finding.summary)
    reasons = unanswered(member.report)
    if reasons:
        reason, checks = max(reasons.items(), key=lambda each: len(each[1]))
        return f"{number(sum(map(len, reasons.values())), 'check')} could not be told, {len(checks)} because: {reason}"
    return "" if member.report.complete and member.report.outcomes else "the run did not come to its end"


def first_code(member: Member) -> str:
    """The code of the first cause, or ""."""
    return member.causes[0].finding.code if member.causes else ""


def namespaces(shared: Shared) -> tuple[str, ...]:
    """The namespaces that have a cause."""
    return tuple(dict.fromkeys(name(member) if not member.namespace else member.namespace for member in shared.members))


def reported(fleet: Fleet) -> str:
    """From when the reports are."""
    # By the timestamp, because some may have a zone and others none.
    times = sorted((each.report.started_at for each in fleet.members if each.report), key=datetime.timestamp)
    if not times:
        return "no report"
    first, last = full_time(times[0]), full_time(times[-1])
    return f"reports of {first}" if first == last else f"reports from {first} to {last}"


def counts(fleet: Fleet) -> tuple[tuple[State, str], ...]:
    """How many are so, in words, without those of whom there are none."""
    return tuple(
        (state, f"{fleet.count(state):,} {CALLED.get(state, state.value)}") for state in State if fleet.count(state)
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


def _lines(fleet: Fleet, page: Page) -> Iterator[Text]:
    yield from page.wrapped(page.words(f"{number(len(fleet.members), 'target')} · {reported(fleet)}"), hang=0)
    yield Text()
    shown = [joined(page.mark(STYLE[state]), Text(" "), page.words(words)) for state, words in counts(fleet)]
    yield from page.flow(shown)
    if fleet.causes:
        yield Text()
        yield Text("CAUSES", STYLES["strong"])
    for shared in fleet.causes:
        yield from _cause(shared, page)
    listed = [member for member in fleet.members if page.options.verbose or member.state is not State.HEALTHY]
    if listed:
        yield Text()
        yield Text("TARGETS", STYLES["strong"])
    width = min(max((len(name(member)) for member in listed), default=0), WIDEST_NAME)
    for member in listed:
        yield from _member(member, width, page)
    if len(listed) < len(fleet.members):
        yield Text()
        well = number(len(fleet.members) - len(listed), "target")
        yield page.words(f"{well} healthy (-v lists them)", "dim")


def _cause(shared: Shared, page: Page) -> Iterator[Text]:
    having = namespaces(shared)
    most = len(having) if page.options.verbose else NAMED
    more = f" and {len(having) - most} more" if len(having) > most else ""
    style = "fail" if shared.severity is Severity.CRITICAL else "warn"
    where = page.words(f"in {number(len(having), 'namespace')}: {', '.join(having[:most])}{more}")
    title = joined(page.mark(style), Text(" "), page.words(shared.code, "strong"), Text(" "), where)
    yield from page.wrapped(title, lead="  ", hang=4)
    yield from page.wrapped(page.words(shared.summary), lead="    ", hang=4)


def _member(member: Member, width: int, page: Page) -> Iterator[Text]:
    style = STYLE[member.state]
    title = joined(
        page.mark(style),
        Text(" "),
        Text(page.spelled(name(member)).ljust(width + 2), STYLES["strong"]),
        Text(member.state.value.ljust(10), STYLES[style]),
        page.words(first_code(member)),
    )
    yield from page.wrapped(title, lead="  ", hang=4)
    if said := sentence(member):
        yield from page.wrapped(page.words(said, "dim"), lead="    ", hang=4)


def _blocks(fleet: Fleet) -> Iterator[Block]:
    words = " · ".join(f"{MARKS[STYLE[state]]} {said}" for state, said in counts(fleet))
    yield Block(0, f"## {number(len(fleet.members), 'target')}: {words}\n\nExamined: {prose(reported(fleet))}\n")
    if fleet.causes:
        yield Block(0, "### Causes\n")
    for shared in fleet.causes:
        having = namespaces(shared)
        more = f" and {len(having) - NAMED} more" if len(having) > NAMED else ""
        mark = "✗" if shared.severity is Severity.CRITICAL else "!"
        where = f"{number(len(having), 'namespace')}: {', '.join(code(each) for each in having[:NAMED])}{more}"
        yield Block(1, f"- {mark} {code(shared.code)} in {where}. {prose(shared.summary, 400)}")
    yield Block(0, "\n### Targets\n\n| | target | state | first cause | what it says |\n|---|---|---|---|---|")
    for member in fleet.members:
        mark, said = MARKS[STYLE[member.state]], cell(sentence(member))
        row = f"| {mark} | {_in_cell(name(member))} | {member.state.value} | {_in_cell(first_code(member))} | {said} |"
        yield Block(3 if member.state is State.HEALTHY else 2, row)


def _in_cell(text: str) -> str:
    """A name as code in a table, where a pipe counts even within code."""
    return code(text.replace("|", "¦"))
