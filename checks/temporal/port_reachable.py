"""Is the frontend's port open? Refused, dropped and "no endpoints" have different owners.

Workers that already run stay Ready and silent while the frontend is gone; only a probe tells.
"""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding
from diagnose.reach import way_to
from diagnose.unreachable import Dependency, codes_for, port_findings, set_variable

CODES = codes_for("temporal", "Temporal")


def ask(ctx: Context) -> Iterator[Finding]:
    """A finding where the port cannot be connected to."""
    temporal = ctx.target.temporal
    if temporal is None:
        raise NotApplicableError("the environment names no Temporal address")
    dependency = Dependency(
        name="Temporal",
        host=temporal.host,
        port=temporal.port,
        set_by=set_variable(ctx, "TEMPORAL_ADDRESS", f"{temporal.host}:7233"),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS"),
    )
    yield from port_findings(ctx, CODES, dependency, way_to(ctx, temporal.host, temporal.port))


PORT_REACHABLE = Check(
    id="temporal.port-reachable",
    title="Temporal's port accepts connections",
    ask=ask,
    codes=(CODES.no_endpoints, CODES.refused, CODES.timed_out),
    requires=("temporal.name-resolves",),
    explained_by=("network.dns-answers", "temporal.name-resolves", "workload.node-healthy"),
    vital=True,
)
