"""The report as a self-contained HTML page: no external resources, light and dark, limited in size."""

from typing import Any

from msgspec.structs import replace

from diagnose.model.report import ExitCode, Report, Status, WorkloadState
from reports import Options
from reports.formats import markdown
from reports.html.band import band
from reports.html.contents import (
    CheckRow,
    affected_pods,
    cause_facts,
    counted,
    fix,
    impact_facts,
    rows,
    topics,
    weights,
)
from reports.html.diagram import MARKS as STATE_MARKS
from reports.html.diagram import DiagramNode, connections, nodes
from reports.html.diagram_svg import TALL, WIDE, layout
from reports.html.environment import bounded
from reports.html.limits import Limits, limited
from reports.text import phrases
from reports.text.fix import check_again
from reports.text.gate import changes, terms
from reports.text.phrases import headline
from reports.text.timeline import TIMELINE_NOTE, first_error_text, timeline_omissions, timeline_rows

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
    return bounded("report.html.j2", lambda limits: {**same, **_limited(limits, report)}, options)


def _unlimited(report: Report) -> dict[str, Any]:
    parts = nodes(report)
    weight = weights(report)
    return {
        "verdict_mark": headline(report)[0],
        "headline": headline(report)[1],
        "restrictions": (*phrases.restrictions(report), *filter(None, [phrases.number_of_causes(report)])),
        "meaning": _MEANING[report.exit_code],
        "ended": {outcome.check: outcome.status for outcome in report.outcomes},
        "workloads": _workloads(report),
        "nodes": parts,
        "connections": connections(parts),
        "sheets": {"wide": layout(parts, WIDE), "tall": layout(parts, TALL)},
        "lasts": phrases.span_text(lasts[1]) if (lasts := phrases.failing_since(report)) else "",
        "impact": tuple(impact_facts(report)),
        "facts_of": lambda cause: tuple(cause_facts(cause)),
        "worst_first": lambda pods: sorted(pods, key=lambda pod: -weight.get(pod, 0)),
        "all_pods": affected_pods(report, weight),
        "first_error": tuple(first_error_text(report)),
        "band": band(report),
        "counted": counted,
        "fix_of": fix,
        "check_again": check_again,
        "markdown": lambda limit: markdown.render(report, Options(), limit),
        "STATE_MARKS": STATE_MARKS,
        "TIMELINE_NOTE": TIMELINE_NOTE,
        "gate_terms": tuple(terms(report)),
        "changes": tuple(changes(report)),
    }


def _workloads(report: Report) -> tuple[WorkloadState, ...]:
    """Returns the workloads of a run about several, without their reasons where causes say them."""
    return tuple(replace(each, reason="") if report.causes else each for each in phrases.several(report))


def _limited(limits: Limits, report: Report) -> dict[str, Any]:
    shown = rows(report, limits)
    headed = limited(phrases.headed_causes(report), limits.causes)
    moments = timeline_rows(report, limits.moments) if report.count(Status.FAIL) else ()
    return {
        "headed": headed,
        "rows": shown,
        "topics": topics(shown.shown),
        "anchors": {row.outcome.check: row.anchor for row in shown.shown},
        "links": _links(nodes(report), shown.shown),
        "moments": moments,
        "omissions": tuple(timeline_omissions(report, len(moments))),
    }


def _links(parts: tuple[DiagramNode, ...], shown: tuple[CheckRow, ...]) -> dict[str, str]:
    """Returns the link of each part of the diagram: to the worst of its checks."""
    anchors = {row.outcome.check: row.anchor for row in shown}
    return {
        node.part.name: next((anchors[check] for check in node.checks if check in anchors), "checks") for node in parts
    }
