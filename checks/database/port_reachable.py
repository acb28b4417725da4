"""Is the database's port open? Refused, dropped and "no endpoints" have different owners."""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding
from diagnose.reach import way_to
from diagnose.unreachable import Dependency, codes_for, port_findings, set_variable

CODES = codes_for("database", "the database")


def ask(ctx: Context) -> Iterator[Finding]:
    """A finding for each end that cannot be connected to."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    ends = {(database.admin_host, database.admin_port): "the database's admin login"}
    ends |= {(database.host, database.port): "the database"}
    for (host, port), name in ends.items():
        dependency = Dependency(
            name=name,
            host=host,
            port=port,
            set_by=set_variable(ctx, "DB_PORT", "RIGHT_PORT"),
            pods=ctx.target.pods_with_same("DB_HOST", "DB_PORT"),
        )
        yield from port_findings(ctx, CODES, dependency, way_to(ctx, host, port))


PORT_REACHABLE = Check(
    id="database.port-reachable",
    title="The database's port accepts connections",
    ask=ask,
    codes=(CODES.no_endpoints, CODES.refused, CODES.timed_out),
    requires=("database.name-resolves",),
    explained_by=("network.dns-answers", "database.name-resolves", "workload.node-healthy"),
    vital=True,
)
