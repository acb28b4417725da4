"""The report as one page for a browser: no outside resources, light and dark, its size bounded.

The page is made by the templates beside this module. Whatever they are given goes through `plain` and is escaped; the
page's own style and script are named by their hashes in its Content-Security-Policy, so that nothing else could run.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from diagnose.model.report import ExitCode, Finding, Report, Severity, Status, Step
from reports import Options
from reports.html.contents import Row, rows, sufferers, topics, weights
from reports.html.diagram import MARKS as STATE_MARKS
from reports.html.diagram import Node, State, leads, nodes
from reports.html.diagram_svg import TALL, WIDE, drawn
from reports.html.limits import LEVELS, Limits, cut, shortened
from reports.text import phrases
from reports.text.gate import changes, terms
from reports.text.markdown_escape import ADDRESS
from reports.text.phrases import MARK_OF, MARKS
from reports.text.timeline import TIMELINE_NOTE, break_words, timeline_gaps, timeline_rows

LIMIT = 3_000_000
LONGEST_ADDRESS = 500
ENDED = {"pass": "passed", "warn": "warning", "fail": "failed", "skip": "not asked", "unknown": "unknown"}
_MEANING = {
    ExitCode.OPEN: "nothing failed, and nothing is unknown",
    ExitCode.FAILED: "something failed",
    ExitCode.USAGE: "wrong usage",
    ExitCode.INCOMPLETE: "nothing failed, but something could not be told",
    ExitCode.WARNED: "nothing failed, but there are warnings",
    ExitCode.INTERRUPTED: "the run was interrupted",
}


def render(report: Report, options: Options) -> str:
    """The report as a page; with `ascii`, everything else is written as a character reference.

    Where the page would be larger than `LIMIT` bytes, less of everything is shown.
    """
    same = {"report": report, **_same_at_any_size(report)}
    *roomy, last = LEVELS
    for level, limits in enumerate(roomy):
        text = _filled({**same, **_cut_to(limits, report), "tightened": level > 0}, options, most=LIMIT)
        if text is not None:
            return text
    return _filled({**same, **_cut_to(last, report), "tightened": True}, options) or ""


def _filled(shown: dict[str, Any], options: Options, most: int | None = None) -> str | None:
    """The page; None, as soon as that is clear, where it has more than so many bytes."""
    pieces: list[str] = []
    size = 0
    for piece in _environment().get_template("report.html.j2").generate(shown):
        pieces.append(piece.encode("ascii", "xmlcharrefreplace").decode() if options.ascii else piece)
        size += len(pieces[-1].encode())
        if most is not None and size > most:
            return None
    return f"{''.join(pieces).rstrip()}\n"


def _same_at_any_size(report: Report) -> dict[str, Any]:
    parts = nodes(report)
    weight = weights(report)
    return {
        "look": MARK_OF[report.verdict],
        "meaning": _MEANING[report.exit_code],
        "ended": {outcome.check: outcome.status for outcome in report.outcomes},
        "nodes": parts,
        "leads": leads(parts),
        "sheets": {"wide": drawn(parts, WIDE), "tall": drawn(parts, TALL)},
        "worst_first": lambda pods: sorted(pods, key=lambda pod: -weight.get(pod, 0)),
        "all_pods": sufferers(report, weight),
        "named_moments": tuple(break_words(report)),
        "told_terms": tuple(terms(report)),
        "changes": tuple(changes(report)),
    }


def _cut_to(limits: Limits, report: Report) -> dict[str, Any]:
    shown = rows(report, limits)
    headed = cut(phrases.headed(report), limits.causes)
    moments = timeline_rows(report, limits.moments) if report.count(Status.FAIL) else ()
    return {
        "limits": limits,
        "headed": headed,
        "rows": shown,
        "topics": topics(shown.shown),
        "anchors": {row.outcome.check: row.anchor for row in shown.shown},
        "links": _links(nodes(report), tuple(cause.check for _, cause in headed.shown), shown.shown),
        "moments": moments,
        "gaps": tuple(timeline_gaps(report, len(moments))),
    }


def _links(parts: tuple[Node, ...], caused: tuple[str, ...], shown: tuple[Row, ...]) -> dict[str, str]:
    """Where a part of the picture leads to: to the cause that is in it, else to the worst of its checks."""
    anchors = {row.outcome.check: row.anchor for row in shown}
    causes = {check: f"cause-{at}" for at, check in reversed(tuple(enumerate(caused, 1)))}
    links = {}
    for node in parts:
        own = [causes[check] for check in node.checks if check in causes] if node.state is State.CAUSE else []
        links[node.part.name] = next(
            iter([*own, *(anchors[each] for each in node.checks if each in anchors)]), "checks"
        )
    return links


@cache
def _environment() -> Environment:
    """The templates, and the words and marks that they may use."""
    made = Environment(
        loader=PackageLoader("reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    style, script = _own("report.css"), _own("report.js")
    made.globals.update(
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:;"
        " base-uri 'none'; form-action 'none'",
        MARKS=MARKS,
        ENDED=ENDED,
        STATE_MARKS=STATE_MARKS,
        Status=Status,
        TIMELINE_NOTE=TIMELINE_NOTE,
        **_words(),
    )
    made.filters.update(shortened=shortened, slug=lambda text: str(text).replace(" ", "-"))
    made.tests.update(address=_address, warning=_warning)
    return made


def _words() -> dict[str, Callable[..., Any]]:
    return {
        "affected": phrases.affected,
        "besides_pods": _besides_pods,
        "cost": phrases.cost,
        "counted": phrases.counted,
        "cut": cut,
        "effect": _effect,
        "muted": phrases.muted,
        "number": phrases.number,
        "place": phrases.place,
        "seen_words": phrases.seen_words,
        "unaccounted": phrases.unaccounted,
        "unanswered": phrases.unanswered,
        "verdict_words": phrases.verdict_words,
    }


def _besides_pods(finding: Finding) -> tuple[str, ...]:
    """What a finding is about, without the pods where these are listed beside it."""
    listed = {f"pod/{pod}" for pod in finding.pods} if len(finding.pods) > 1 else set()
    return tuple(subject for subject in finding.subjects if subject not in listed)


def _effect(step: Step) -> str:
    """What a step does, also where a person acts without a command, so that no step is without a label."""
    return phrases.effect(step) or "by hand"


def _address(text: str) -> bool:
    return len(text) <= LONGEST_ADDRESS and bool(ADDRESS.fullmatch(text))


def _warning(finding: Finding) -> bool:
    return finding.severity is not Severity.CRITICAL


def _plain(value: object) -> object:
    """What a template is about to write: text of others without control characters; our own markup as it is."""
    return phrases.plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _own(name: str) -> Markup:
    return Markup(files("reports.html").joinpath("templates", name).read_text(encoding="utf-8").strip())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
