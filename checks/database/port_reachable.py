"""Checks that the database's port is open; refused, dropped and "no endpoints" have different causes.

Where no pod can try, the log of a crashed worker is evidence: in its text a policy that rejects is the same as a
server that is down.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Context
from diagnose.check.reads import port_check
from diagnose.check.rights import Scope
from diagnose.domain.database.logins import correct_part, database_of
from diagnose.domain.database.queries import postgres_answers_here
from diagnose.domain.network.findings import Dependency, codes_for, is_reached_by_log, port_findings
from diagnose.domain.network.reachability import Reachability, route_to
from diagnose.model.report import Confidence, Finding

CODES = codes_for("database", "the database")
LATER: tuple[str, ...] = ("database.login-accepted", "database.database-exists", "database.writable")
ADMIN: tuple[str, ...] = ("database.admin-login-accepted",)
ELSEWHERE = "It may be over, or a NetworkPolicy may reject or drop it: connect from another pod to find out."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each address that cannot be reached."""
    database = database_of(ctx)
    admin = database.admin if database.admin and database.admin.server != database.server else None
    ends = [(database, "the database", LATER if admin else (*LATER, *ADMIN))]
    ends += [(admin, "the database's admin login", ADMIN)] if admin else []
    for login, name, later in ends:
        host, port = login.server
        dependency = Dependency(
            name=name,
            host=host,
            port=port,
            set_by=correct_part(ctx, login, "port", "RIGHT_PORT"),
            pods=ctx.target.pods_with_same(*login.addressed_by, *database.addressed_by),
            later_checks=later,
        )
        route = route_to(ctx, host, port)
        if route.state in {Reachability.UNKNOWN, Reachability.ENDPOINTS_READY} and login is database:
            reported = tuple(ctx.signature_findings())
            if reported:
                yield from (replace(each, confidence=Confidence.LIKELY, alternatives=(ELSEWHERE,)) for each in reported)
                continue
        if route.state is Reachability.UNKNOWN and (
            is_reached_by_log(ctx, dependency, route) or postgres_answers_here(ctx, route, admin=login is admin)
        ):
            continue
        yield from port_findings(ctx, CODES, dependency, route)


PORT_REACHABLE = Check(
    id="database.port-reachable",
    title="The database's port accepts connections",
    stage=stages.DATABASE_PORT,
    run=run,
    codes=(CODES.no_endpoints, CODES.refused, CODES.timed_out),
    occasions=PREREQUISITES,
    reads=port_check(Scope.DATABASE),
)
