"""A fleet as a page in the design of a report's: the shared causes, and each target in a table to filter and sort."""

from typing import Any

from diagnose.model.fleet import Fleet, MemberState
from reports import Options
from reports.html.contents import fix
from reports.html.environment import bounded
from reports.html.limits import Limits, limited
from reports.text import members
from reports.text.phrases import number


def render(fleet: Fleet, options: Options) -> str:
    """Renders the fleet; with `ascii`, other characters become character references."""
    return bounded("fleet.html.j2", lambda limits: _values(fleet, limits), options)


def _values(fleet: Fleet, limits: Limits) -> dict[str, Any]:
    causes = [(each, members.namespaces(each)) for each in fleet.causes]
    worst = next(iter(members.counts(fleet)), (MemberState.UNKNOWN, ""))[0]
    return {
        "title": number(len(fleet.members), "target"),
        "reported": members.reported(fleet),
        "verdict_mark": members.STYLE[worst],
        "counts": [(state, members.STYLE[state], text) for state, text in members.counts(fleet)],
        "shared": limited((each for each in causes if len(each[1]) > 1), limits.causes),
        "single": limited((each for each in causes if len(each[1]) == 1), limits.causes),
        "rows": limited(fleet.members, limits.members),
        "order": {state: place for place, state in enumerate(MemberState)},
        "has_details": lambda member: bool(member.report) and member.state is not MemberState.HEALTHY,
        "members": members,
        "fix_of": fix,
    }
