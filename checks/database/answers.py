"""Is it PostgreSQL, or its pooler, that answers on the port?"""

from collections.abc import Iterator

from diagnose.asking import ask_postgres
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding
from diagnose.probes.dependencies import Answered
from diagnose.probes.survey import Speaks
from diagnose.reach import way_to
from diagnose.unreachable import set_variable

NOT_POSTGRES = Code(
    id="database.not-postgres",
    meaning="Something listens on the database's host and port, but it does not speak PostgreSQL's protocol.",
    fix="Correct DB_HOST or DB_PORT.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """Greets the port from a pod, else through a port-forward up to the request for a password."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    way = way_to(ctx, database.host, database.port)
    if way.speaks in {Speaks.POSTGRES, Speaks.POSTGRES_TLS}:
        ctx.note(f"{way.speaks.value}, asked from a pod")
        return
    if way.speaks is Speaks.UNTOLD:
        answer = ask_postgres(ctx, way)
        if answer.answered is Answered.YES:
            ctx.note("asked through a port-forward, which goes round the worker's own network")
            return
        told = answer.detail
    else:
        told = "something else answers its greeting"
    yield NOT_POSTGRES.finding(
        f"{database.host}:{database.port} is open, but does not answer like PostgreSQL ({told[:80]}).",
        subjects=(f"host/{database.host}",),
        pods=ctx.target.pods_with_same("DB_HOST", "DB_PORT"),
        evidence=way.evidence,
        steps=(set_variable(ctx, "DB_PORT", "RIGHT_PORT"),),
    )


ANSWERS = Check(
    id="database.answers",
    title="PostgreSQL answers on the database's port",
    ask=ask,
    codes=(NOT_POSTGRES,),
    requires=("database.port-reachable",),
    explained_by=("network.dns-answers", "database.port-reachable"),
)
