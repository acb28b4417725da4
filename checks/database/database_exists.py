"""Checks that the database exists; PostgreSQL reports it after the login, PgBouncer before."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.commands.postgres import psql
from diagnose.domain.database.logins import (
    correct_part,
    database_of,
    logins,
    no_login_reason,
    refusals,
    require_credentials,
    server_name,
)
from diagnose.model.report import Finding, Step
from diagnose.queries.postgres_errors import LoginFailure

NOT_FOUND = Code(
    id="database.database-not-found",
    meaning="The server, or the pooler's list of databases, does not have the database that the worker names.",
    fix="Correct the name, or create the database.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the errors about the database, from running pods and from the logs of others."""
    database = database_of(ctx)
    groups = refusals(ctx, "server")
    missing = groups.get(LoginFailure.NO_DATABASE)
    if missing:
        by = server_name(database, missing.evidence)
        listing = psql(database.host, database.port, database.administered.user).add("-l")
        yield NOT_FOUND.finding(
            f'{by} at {database.address} has no database "{database.name}", so the worker cannot work.',
            correct_part(ctx, database, "name", "RIGHT_DATABASE"),
            Step("List the databases.", listing),
            subjects=(f"database/{database.name}",),
            # Old pods that tried the template's name use another one themselves.
            pods=ctx.target.pods_with_same(*database.variables.place),
            evidence=missing.evidence[:4],
            alternatives=missing.alternatives,
        )
    elif not any(login.accepted for _, login in logins(ctx, "server")):
        if groups:
            raise NotApplicableError("no login gets as far as the database")
        require_credentials(ctx, "server")
        ctx.record_problem(no_login_reason(database_of(ctx)))


DATABASE_EXISTS = Check(
    id="database.database-exists",
    title="The worker's database exists",
    stage=stages.DATABASE_EXISTENCE,
    run=run,
    codes=(NOT_FOUND,),
    occasions=PREREQUISITES,
    reads=(*EXEC, *WORKER_LOGS),
)
