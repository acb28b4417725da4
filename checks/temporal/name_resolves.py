"""Checks that the host name of Temporal's address exists.

The worker's log is the same for a wrong name and a dead server.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Context
from diagnose.check.reads import hostname_check
from diagnose.check.rights import Scope
from diagnose.domain.network.findings import (
    RIGHT_HOST,
    codes_for,
    is_reached_by_log,
    name_findings,
    with_similar_host,
)
from diagnose.domain.network.reachability import Reachability
from diagnose.domain.temporal.queries import dependency, route_to_temporal, temporal_answers_here, temporal_of
from diagnose.model.report import Finding

CODES = codes_for("temporal", "Temporal")
LATER = ("temporal.port-reachable", "temporal.namespace-exists")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding where the host does not exist or does not resolve."""
    temporal = dependency(ctx, f"{RIGHT_HOST}:{temporal_of(ctx).port}", LATER)
    route = route_to_temporal(ctx)
    reported = tuple(ctx.signature_findings()) if route.state is Reachability.UNKNOWN else ()
    if reported:
        for each in reported:
            found = replace(each, subjects=(f"host/{temporal.host}",))
            yield with_similar_host(ctx, found, temporal) if each.code == CODES.host_not_found.id else found
        return
    if route.state is Reachability.UNKNOWN and (
        is_reached_by_log(ctx, temporal, route) or temporal_answers_here(ctx, route)
    ):
        return
    yield from name_findings(ctx, CODES, temporal, route)


NAME_RESOLVES = Check(
    id="temporal.name-resolves",
    title="Temporal's host name resolves",
    stage=stages.TEMPORAL_NAME,
    run=run,
    codes=(CODES.host_not_found, CODES.name_unresolved),
    occasions=PREREQUISITES,
    reads=hostname_check(Scope.TEMPORAL),
)
