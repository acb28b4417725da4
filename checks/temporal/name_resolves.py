"""Does the host name of TEMPORAL_ADDRESS exist? The worker's log says the same for a wrong name and a dead server."""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding
from diagnose.reach import way_to
from diagnose.unreachable import Dependency, codes_for, name_findings, set_variable

CODES = codes_for("temporal", "Temporal")


def ask(ctx: Context) -> Iterator[Finding]:
    """A finding where DNS does not know the host."""
    temporal = ctx.target.temporal
    if temporal is None:
        raise NotApplicableError("the environment names no Temporal address")
    dependency = Dependency(
        name="Temporal",
        host=temporal.host,
        port=temporal.port,
        set_by=set_variable(ctx, "TEMPORAL_ADDRESS", f"RIGHT_HOST:{temporal.port}"),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS"),
    )
    yield from name_findings(ctx, CODES, dependency, way_to(ctx, temporal.host, temporal.port))


NAME_RESOLVES = Check(
    id="temporal.name-resolves",
    title="Temporal's host name resolves",
    ask=ask,
    codes=(CODES.host_not_found,),
    explained_by=("network.dns-answers",),
)
