"""A fleet as a page in the design of a report's: the shared causes, and each target in a table to filter and sort."""

from typing import Any

from diagnose.model.fleet import Fleet, MemberState
from diagnose.model.report import Report
from reports import Options
from reports.html.contents import fix
from reports.html.environment import bounded
from reports.html.limits import Limits, limited
from reports.text import members
from reports.text.phrases import failing_since, number, span_text

MAX_SHARED = 3
"""How many causes of several namespaces are shown at once."""


def render(fleet: Fleet, options: Options) -> str:
    """Renders the fleet; with `ascii`, other characters become character references."""
    return bounded("fleet.html.j2", lambda limits: _values(fleet, limits), options)


def _values(fleet: Fleet, limits: Limits) -> dict[str, Any]:
    causes = [(each, members.namespaces(each)) for each in fleet.causes]
    shared = [each for each in causes if len(each[1]) > 1][:MAX_SHARED]
    counts = members.counts(fleet)
    return {
        "title": number(len(fleet.members), "target"),
        "reported": members.reported(fleet),
        "verdict_mark": counts[0][0] if counts else "unknown",
        "counts": counts,
        "shared": limited(shared, limits.causes),
        "further": limited((each for each in causes if each not in shared), limits.causes),
        "rows": limited(fleet.members, limits.members),
        "order": {words: place for place, (_, words, _) in enumerate(counts)},
        "lasts": lambda member: _lasts(member.report) if member.report and not member.problem else (0, ""),
        "has_details": lambda member: bool(member.report) and member.state is not MemberState.HEALTHY,
        "members": members,
        "fix_of": fix,
    }


def _lasts(report: Report) -> tuple[int, str]:
    """Returns how long the failure lasts, in seconds and as text; 0 and "" where that is not known."""
    found = failing_since(report)
    return (int(found[1]), span_text(found[1])) if found else (0, "")
