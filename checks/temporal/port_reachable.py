"""Is the frontend's port open? Refused, dropped and "no endpoints" have different owners.

Workers that already run stay Ready and silent while the frontend is gone; only a probe tells. The log of one that
starts says the same of a wrong name, a closed port, a policy and TLS, so it speaks only where no probe could look.
"""

from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, port_check
from diagnose.check.rights import Scope
from diagnose.domain.network.findings import Dependency, codes_for, is_reached_by_log, port_findings, set_variable
from diagnose.domain.network.reachability import Reachability, route_to
from diagnose.domain.temporal.queries import temporal_answers_here, temporal_of
from diagnose.model.report import Confidence, Finding

CODES = codes_for("temporal", "Temporal")
LATER = ("temporal.namespace-exists",)
ANY = "The name, the port, a policy that drops it and TLS look the same in the log: connect from a pod to tell."
FROM_LOGS = (
    Code(
        id="temporal.unreachable",
        meaning="The worker's client got no connection within ten seconds. Its log says the same of a wrong name, a "
        "closed port, a dropped connection and TLS.",
        fix="See which layer fails: the name, the Service's endpoints, the port, TLS.",
        transient=True,
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """A finding where the port cannot be connected to."""
    temporal = temporal_of(ctx)
    dependency = Dependency(
        name="Temporal",
        host=temporal.host,
        port=temporal.port,
        set_by=set_variable(ctx, "TEMPORAL_ADDRESS", f"{temporal.host}:RIGHT_PORT"),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS"),
        later_checks=LATER,
    )
    route = route_to(ctx, temporal.host, temporal.port)
    if route.state is Reachability.UNKNOWN:
        told = tuple(ctx.signature_findings())
        yield from (replace(each, confidence=Confidence.LIKELY, alternatives=(ANY,)) for each in told)
        if told or is_reached_by_log(ctx, dependency, route) or temporal_answers_here(ctx, route):
            return
    found = tuple(port_findings(ctx, CODES, dependency, route))
    logged = tuple(match.evidence for match in ctx.matches()[:1])
    yield from (replace(each, evidence=(*each.evidence, *logged)) for each in found)


PORT_REACHABLE = Check(
    id="temporal.port-reachable",
    title="Temporal's port accepts connections",
    stage=stages.TEMPORAL_PORT,
    run=run,
    codes=(CODES.no_endpoints, CODES.refused, CODES.timed_out, *FROM_LOGS),
    vital=True,
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *port_check(Scope.TEMPORAL)),
)
