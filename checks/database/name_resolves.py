"""Checks that the database's host names exist, for the worker's and the admin's connection."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Context
from diagnose.check.reads import hostname_check
from diagnose.check.rights import Scope
from diagnose.domain.database.logins import correct_part, database_of
from diagnose.domain.database.queries import postgres_answers_here
from diagnose.domain.network.findings import (
    RIGHT_HOST,
    Dependency,
    codes_for,
    is_reached_by_log,
    name_findings,
)
from diagnose.domain.network.reachability import Reachability, route_to
from diagnose.model.report import Finding

CODES = codes_for("database", "the database")
LATER: tuple[str, ...] = (
    "database.port-reachable",
    "database.login-accepted",
    "database.database-exists",
    "database.writable",
)
ADMIN: tuple[str, ...] = ("database.admin-login-accepted",)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each host that does not exist or does not resolve."""
    database = database_of(ctx)
    admin = database.admin if database.admin and database.admin.host != database.host else None
    ends = [(database, "the database", LATER if admin else (*LATER, *ADMIN))]
    ends += [(admin, "the database's admin login", ADMIN)] if admin else []
    for login, name, later in ends:
        variable, host, port = login.variables.host, login.host, login.port
        dependency = Dependency(
            name=name,
            host=host,
            port=port,
            set_by=correct_part(ctx, login, "host", RIGHT_HOST),
            pods=ctx.target.pods_with_same(variable),
            later_checks=later,
        )
        route = route_to(ctx, host, port)
        if route.state is Reachability.UNKNOWN:
            if reported := tuple(ctx.signature_findings()):
                yield from reported
                continue
            if is_reached_by_log(ctx, dependency, route) or postgres_answers_here(ctx, route, admin=login is admin):
                continue
        yield from name_findings(ctx, CODES, dependency, route)


NAME_RESOLVES = Check(
    id="database.name-resolves",
    title="The database's host name resolves",
    stage=stages.DATABASE_NAME,
    run=run,
    codes=(CODES.host_not_found, CODES.name_unresolved),
    occasions=PREREQUISITES,
    reads=hostname_check(Scope.DATABASE),
)
