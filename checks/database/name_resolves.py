"""Does the database's host name exist? For the server's and the admin's connection."""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding
from diagnose.reach import way_to
from diagnose.unreachable import Dependency, codes_for, name_findings, set_variable

CODES = codes_for("database", "the database")


def ask(ctx: Context) -> Iterator[Finding]:
    """A finding for each host that DNS does not know."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    ends = {database.admin_host: (database.admin_port, "the database's admin login", "DB_HOST_ADMIN")}
    ends |= {database.host: (database.port, "the database", "DB_HOST")}
    for host, (port, name, variable) in ends.items():
        dependency = Dependency(
            name=name,
            host=host,
            port=port,
            set_by=set_variable(ctx, variable, "RIGHT_HOST"),
            pods=ctx.target.pods_with_same(variable),
        )
        yield from name_findings(ctx, CODES, dependency, way_to(ctx, host, port))


NAME_RESOLVES = Check(
    id="database.name-resolves",
    title="The database's host name resolves",
    ask=ask,
    codes=(CODES.host_not_found,),
    explained_by=("network.dns-answers",),
)
