"""Checks that the frontend's port is open; refused, dropped and "no endpoints" have different causes.

Running workers stay Ready and log nothing while the frontend is down. The log of a starting worker is the same for a
wrong name, a closed port, a policy and TLS, so it counts only where no pod could try.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, port_check
from diagnose.check.rights import Scope
from diagnose.domain.network.findings import RIGHT_PORT, codes_for, is_reached_by_log, port_findings
from diagnose.domain.network.network_policies import blocking
from diagnose.domain.network.reachability import Reachability
from diagnose.domain.temporal.queries import dependency, route_to_temporal, temporal_answers_here, temporal_of
from diagnose.model.report import Alternative, Confidence, Finding

CODES = codes_for("temporal", "Temporal")
LATER = ("temporal.namespace-exists",)
ANY = (
    "A wrong name, a closed port, a policy that drops packets and TLS are the same in the log: "
    "connect from a pod to find out."
)
FROM_LOGS = (
    Code(
        id="temporal.unreachable",
        meaning="The worker's client got no connection within ten seconds. Its log is the same for a wrong name, "
        "a closed port, dropped packets and TLS.",
        fix="Find the layer that fails: the name, the Service's endpoints, the port, TLS.",
        symptom=True,
        alternatives=(
            Alternative("The name leads to no or to another address.", "temporal.host-not-found"),
            Alternative("Nothing listens on the port, or a policy drops the packets.", "temporal.timed-out"),
            Alternative("The port speaks TLS and the client does not, or the reverse.", "temporal.tls-expected"),
        ),
        transient=True,
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding where the port cannot be reached."""
    temporal = dependency(ctx, f"{temporal_of(ctx).host}:{RIGHT_PORT}", LATER)
    route = route_to_temporal(ctx)
    if route.state in {Reachability.UNKNOWN, Reachability.ENDPOINTS_READY}:
        reported = tuple(ctx.signature_findings())
        if reported and blocking(ctx, temporal.host, temporal.port):
            dropped = replace(route, state=Reachability.TIMED_OUT, evidence=reported[0].evidence)
            yield from port_findings(ctx, CODES, temporal, dropped)
        else:
            yield from (replace(each, confidence=Confidence.LIKELY, alternatives=(ANY,)) for each in reported)
        if reported:
            return
    if route.state is Reachability.UNKNOWN and (
        is_reached_by_log(ctx, temporal, route) or temporal_answers_here(ctx, route)
    ):
        return
    found = tuple(port_findings(ctx, CODES, temporal, route))
    logged = tuple(match.evidence for match in ctx.matches()[:1])
    yield from (replace(each, evidence=(*each.evidence, *logged)) for each in found)


PORT_REACHABLE = Check(
    id="temporal.port-reachable",
    title="Temporal's port accepts connections",
    stage=stages.TEMPORAL_PORT,
    run=run,
    codes=(CODES.no_endpoints, CODES.refused, CODES.timed_out, *FROM_LOGS),
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *port_check(Scope.TEMPORAL)),
)
