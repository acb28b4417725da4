"""Is there a database of the name? Told only after the login, by the refusal that names it."""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.logins import joined, logins, refused
from diagnose.model import Finding
from diagnose.probes.postgres_refusals import Refusal
from diagnose.unreachable import set_variable

NOT_FOUND = Code(
    id="database.database-not-found",
    meaning="The server, or the pooler's list of databases, has no database of the name in DB_NAME_SERVER.",
    fix="Correct DB_NAME_SERVER, or create the database.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """The refusals that name the database, from running pods and from the logs of others."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    groups = {each.refusal: each for each in refused(ctx, "server")}
    told = tuple(ctx.signature_findings())
    missing = groups.get(Refusal.NO_DATABASE)
    if missing and not told:
        yield NOT_FOUND.finding(
            f'The database "{database.name}" does not exist at {database.host}:{database.port}.',
            subjects=(f"database/{database.name}",),
            pods=missing.pods,
            evidence=missing.evidence,
            steps=(set_variable(ctx, "DB_NAME_SERVER", "RIGHT_DATABASE"),),
        )
    yield from joined(told, missing)
    if not told and not groups and not logins(ctx, "server"):
        ctx.could_not("no running pod of the worker could try the login")


DATABASE_EXISTS = Check(
    id="database.database-exists",
    title="The worker's database exists",
    ask=ask,
    codes=(NOT_FOUND,),
    requires=("database.port-reachable",),
    explained_by=("network.dns-answers", "database.port-reachable", "database.answers"),
)
