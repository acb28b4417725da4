"""The report as a self-contained HTML page: no external resources, light and dark, limited in size.

The templates are in the folder `templates`. All values pass through `plain` and are escaped; the
Content-Security-Policy allows only the page's style and script by their hashes.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from diagnose.model.report import ExitCode, Finding, Report, Severity, Status
from reports import Options
from reports.html.contents import CheckRow, affected_pods, rows, topics, weights
from reports.html.diagram import MARKS as STATE_MARKS
from reports.html.diagram import DiagramNode, PartState, connections, nodes
from reports.html.diagram_svg import TALL, WIDE, layout
from reports.html.limits import LEVELS, Limits, limited, shortened
from reports.text import phrases
from reports.text.gate import changes, terms
from reports.text.markdown_escape import ADDRESS
from reports.text.phrases import MARKS, headline
from reports.text.timeline import TIMELINE_NOTE, first_error_text, timeline_omissions, timeline_rows

LIMIT = 3_000_000
LONGEST_ADDRESS = 500
ENDED = {"pass": "passed", "warn": "warning", "fail": "failed", "skip": "skipped", "unknown": "unknown"}
_MEANING = {
    ExitCode.OPEN: "nothing failed, and nothing is unknown",
    ExitCode.FAILED: "something failed",
    ExitCode.USAGE: "wrong usage",
    ExitCode.INCOMPLETE: "nothing failed, but some checks are unknown",
    ExitCode.WARNED: "nothing failed, but there are warnings",
    ExitCode.INTERRUPTED: "the run was interrupted",
}


def render(report: Report, options: Options) -> str:
    """Renders the report as a page; with `ascii`, other characters become character references.

    Where the page would exceed `LIMIT` bytes, stricter limits apply.
    """
    same = {"report": report, **_unlimited(report)}
    *larger, last = LEVELS
    for level, limits in enumerate(larger):
        text = _rendered({**same, **_limited(limits, report), "tightened": level > 0}, options, most=LIMIT)
        if text is not None:
            return text
    return _rendered({**same, **_limited(last, report), "tightened": True}, options) or ""


def _rendered(shown: dict[str, Any], options: Options, most: int | None = None) -> str | None:
    """Returns the page, or None as soon as it exceeds so many bytes."""
    pieces: list[str] = []
    size = 0
    for piece in _environment().get_template("report.html.j2").generate(shown):
        pieces.append(piece.encode("ascii", "xmlcharrefreplace").decode() if options.ascii else piece)
        size += len(pieces[-1].encode())
        if most is not None and size > most:
            return None
    return f"{''.join(pieces).rstrip()}\n"


def _unlimited(report: Report) -> dict[str, Any]:
    parts = nodes(report)
    weight = weights(report)
    return {
        "verdict_mark": headline(report)[0],
        "headline": headline(report)[1],
        "meaning": _MEANING[report.exit_code],
        "ended": {outcome.check: outcome.status for outcome in report.outcomes},
        "nodes": parts,
        "connections": connections(parts),
        "sheets": {"wide": layout(parts, WIDE), "tall": layout(parts, TALL)},
        "worst_first": lambda pods: sorted(pods, key=lambda pod: -weight.get(pod, 0)),
        "all_pods": affected_pods(report, weight),
        "first_error": tuple(first_error_text(report)),
        "gate_terms": tuple(terms(report)),
        "changes": tuple(changes(report)),
    }


def _limited(limits: Limits, report: Report) -> dict[str, Any]:
    shown = rows(report, limits)
    headed = limited(phrases.headed_causes(report), limits.causes)
    moments = timeline_rows(report, limits.moments) if report.count(Status.FAIL) else ()
    return {
        "limits": limits,
        "headed": headed,
        "rows": shown,
        "topics": topics(shown.shown),
        "anchors": {row.outcome.check: row.anchor for row in shown.shown},
        "links": _links(nodes(report), tuple(cause.check for _, cause in headed.shown), shown.shown),
        "moments": moments,
        "omissions": tuple(timeline_omissions(report, len(moments))),
    }


def _links(parts: tuple[DiagramNode, ...], caused: tuple[str, ...], shown: tuple[CheckRow, ...]) -> dict[str, str]:
    """Returns the link of each part of the diagram: to its cause, else to the worst of its checks."""
    anchors = {row.outcome.check: row.anchor for row in shown}
    causes = {check: f"cause-{at}" for at, check in reversed(tuple(enumerate(caused, 1)))}
    links = {}
    for node in parts:
        causes_of_node = [causes[check] for check in node.checks if check in causes and node.state is PartState.CAUSE]
        links[node.part.name] = next(
            iter([*causes_of_node, *(anchors[each] for each in node.checks if each in anchors)]), "checks"
        )
    return links


@cache
def _environment() -> Environment:
    """Returns the templates with the functions and marks that they use."""
    made = Environment(
        loader=PackageLoader("reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    style, script = _asset("report.css"), _asset("report.js")
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
        limited=limited,
        subjects_without_pods=_subjects_without_pods,
        phrases=phrases,
    )
    made.filters.update(shortened=shortened, slug=lambda text: str(text).replace(" ", "-"))
    made.tests.update(
        address=lambda text: len(text) <= LONGEST_ADDRESS and bool(ADDRESS.fullmatch(text)),
        warning=lambda finding: finding.severity is not Severity.CRITICAL,
    )
    return made


def _subjects_without_pods(finding: Finding) -> tuple[str, ...]:
    """Returns the subjects of a finding, without its pods where they are listed separately."""
    listed = {f"pod/{pod}" for pod in finding.pods} if len(finding.pods) > 1 else set()
    return tuple(subject for subject in finding.subjects if subject not in listed)


def _plain(value: object) -> object:
    """Sanitizes the output of a template expression, except for our own markup."""
    return phrases.plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> Markup:
    return Markup(files("reports.html").joinpath("templates", name).read_text(encoding="utf-8").strip())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
