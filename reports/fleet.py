"""The renderers of a fleet for a terminal, comments, programs and browsers, the worst target first."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.text import Text

from diagnose.model.fleet import Fleet, Member, MemberState, Shared
from diagnose.model.report import Status
from diagnose.text.characters import one_line
from diagnose.text.sentences import listed, truncate
from reports import Options
from reports.formats.json import dumped
from reports.formats.short import rendered
from reports.formats.slack import EMOJI
from reports.text import slack_escape
from reports.text.comment_size import Block, fit_into_comment
from reports.text.markdown_escape import cell, code, prose
from reports.text.members import (
    counts,
    first_code,
    mark_of,
    name,
    namespaces,
    reported,
    sentence,
    state,
    unknown_reasons,
)
from reports.text.phrases import MARKS, number
from reports.text.terminal import PLAIN, STYLES, UNICODE, Page, joined, spaced

SCHEMA_VERSION = "1.0"
MAX_NAMESPACES = 8
MAX_NAME_WIDTH = 40
MAX_CAUSES = 3
MAX_SENTENCE = 240
MOST_CAUSES, MOST_MEMBERS = 30, 300
WIDEST_STATE = 15
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


def _html(fleet: Fleet, options: Options) -> str:
    # The templates are slow to import.
    from reports.html.fleet import render

    return render(fleet, options)


def short(fleet: Fleet, options: Options) -> str:
    """Renders the fleet as at most five lines: the numbers, the worst causes, the unknown targets."""
    marks = PLAIN if options.ascii else UNICODE
    return rendered(_message(fleet, marks, one_line), options)


def slack(fleet: Fleet, options: Options) -> str:
    """Renders the fleet as a message for Slack."""
    return rendered(_message(fleet, EMOJI, slack_escape.prose), options)


def _message(fleet: Fleet, marks: Mapping[str, str], escaped: Callable[[str], str]) -> Iterator[str]:
    numbers = (f"{marks[mark]} {count:,} {words}" for mark, words, count in counts(fleet))
    yield f"{number(len(fleet.members), 'target')}: {' · '.join(numbers)}"
    unknown = unknown_reasons(fleet)
    shown = fleet.causes[: MAX_CAUSES - bool(unknown)]
    for each in shown:
        mark, affected = marks[mark_of(each)], namespaces(each)
        where = f"{each.code} in {number(len(affected), 'namespace')} ({listed(affected)})"
        yield f"{mark} {escaped(f'{where}: {truncate(one_line(each.summary), MAX_SENTENCE)}')}"
    if unknown:
        yield f"{marks['unknown']} unknown: {escaped(unknown)}"
    if more := len(fleet.causes) - len(shown):
        yield f"and {number(more, 'more cause')}"


FORMATS: dict[str, Callable[[Fleet, Options], str]] = {
    "console": console,
    "short": short,
    "slack": slack,
    "markdown": markdown,
    "json": as_json,
    "html": _html,
}


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
            "report_state": report.state,
            "since": report.since,
            "impact": report.impact,
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
    return [spaced(page.styled(f"{number(len(fleet.members), 'target')}:"), *_counts(fleet, page))]


def _counts(fleet: Fleet, page: Page) -> list[Text]:
    return [spaced(page.mark(mark), page.styled(f"{count:,} {words}")) for mark, words, count in counts(fleet)]


def _lines(fleet: Fleet, page: Page) -> Iterator[Text]:
    yield from page.wrapped(page.styled(f"{number(len(fleet.members), 'target')} · {reported(fleet)}"), hang=0)
    yield Text()
    yield from page.flow(_counts(fleet, page))
    whole = page.options.verbose
    causes = fleet.causes
    if causes:
        yield from page.heading("CAUSES")
    for shared in causes if whole else causes[:MOST_CAUSES]:
        yield from _cause(shared, page)
    if not whole and len(causes) > MOST_CAUSES:
        yield page.styled(f"  and {number(len(causes) - MOST_CAUSES, 'more cause')} (-v lists them)", "dim")
    unhealthy = [member for member in fleet.members if member.state is not MemberState.HEALTHY]
    shown = fleet.members if whole else unhealthy[:MOST_MEMBERS]
    if shown:
        yield from page.heading("TARGETS")
    width = min(max((len(name(member)) for member in shown), default=0), MAX_NAME_WIDTH)
    for member in shown:
        yield from _member(member, width, page)
    if not whole and len(unhealthy) > len(shown):
        yield page.styled(f"  and {number(len(unhealthy) - len(shown), 'more target')} (-v lists them)", "dim")
    if not whole and len(unhealthy) < len(fleet.members):
        yield Text()
        yield page.styled(f"{number(len(fleet.members) - len(unhealthy), 'target')} healthy (-v lists them)", "dim")


def _cause(shared: Shared, page: Page) -> Iterator[Text]:
    affected = namespaces(shared)
    most = len(affected) if page.options.verbose else MAX_NAMESPACES
    style = mark_of(shared)
    where = page.styled(f"in {number(len(affected), 'namespace')}: {listed(affected, most)}")
    yield from page.wrapped(spaced(page.mark(style), page.styled(shared.code, "strong"), where), lead="  ", hang=4)
    yield from page.wrapped(page.styled(truncate(one_line(shared.summary), MAX_SENTENCE)), lead="    ", hang=4)


def _member(member: Member, width: int, page: Page) -> Iterator[Text]:
    style, words = state(member)
    named = Text(page.encoded(name(member)).ljust(width + 2), STYLES["strong"])
    shown = Text(words.ljust(WIDEST_STATE), STYLES[style])
    title = joined(spaced(page.mark(style), named), shown, page.styled(first_code(member)))
    yield from page.wrapped(title, lead="  ", hang=4)
    if text := sentence(member):
        yield from page.wrapped(page.styled(truncate(text, MAX_SENTENCE), "dim"), lead="    ", hang=4)


def _blocks(fleet: Fleet) -> Iterator[Block]:
    text = " · ".join(f"{MARKS[mark]} {count:,} {words}" for mark, words, count in counts(fleet))
    yield Block(0, f"## {number(len(fleet.members), 'target')}: {text}\n\nExamined: {prose(reported(fleet))}\n")
    if fleet.causes:
        yield Block(0, "### Causes\n")
    for shared in fleet.causes:
        affected = namespaces(shared)
        mark = MARKS[mark_of(shared)]
        where = f"{number(len(affected), 'namespace')}: {listed(map(code, affected), MAX_NAMESPACES)}"
        yield Block(1, f"- {mark} {code(shared.code)} in {where}. {prose(shared.summary, 400)}")
    yield Block(0, "\n### Targets\n\n| | target | state | first cause | summary |\n|---|---|---|---|---|")
    for member in fleet.members:
        mark, words = state(member)
        facts = f"{words} | {_in_cell(first_code(member))} | {cell(sentence(member))}"
        row = f"| {MARKS[mark]} | {_in_cell(name(member))} | {facts} |"
        yield Block(3 if member.state is MemberState.HEALTHY else 2, row)


def _in_cell(text: str) -> str:
    """Returns a name as code in a table, where a pipe counts even within code."""
    return code(text.replace("|", "¦"))
