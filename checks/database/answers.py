"""Checks that PostgreSQL, or its pooler, answers on the port."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.commands import kubectl
from diagnose.domain.database.logins import correct_part, database_of
from diagnose.domain.database.queries import query_postgres
from diagnose.domain.network.findings import logs_contact
from diagnose.domain.network.reachability import Route, route_to
from diagnose.model.report import Alternative, Finding, Step
from diagnose.queries.exec_survey.survey import ServerProtocol
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.text.sentences import truncate

NOT_POSTGRES = Code(
    id="database.not-postgres",
    meaning="Something listens on the database's host and port, but it does not speak PostgreSQL's protocol.",
    fix="Correct the host or the port.",
)
SILENT = Code(
    id="database.silent",
    meaning="The database's port accepts connections but does not answer: its process hangs, or it is another service.",
    fix="Check the server's processes, and restart it if it hangs.",
    symptom=True,
    alternatives=(
        Alternative("The server's process hangs or is overloaded: read its log.", "database.login-unanswered"),
        Alternative("The address leads to another server than PostgreSQL.", "database.not-postgres"),
    ),
    transient=True,
)

LATER = ("database.login-accepted", "database.database-exists", "database.writable")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the handshake from a pod, else through a port-forward."""
    database = database_of(ctx)
    logins = {each.server: each for each in reversed(database.logins.values())}
    for (host, port), login in reversed(logins.items()):
        is_admin = login is database.admin
        route = route_to(ctx, host, port)
        answer_text = _describe(ctx, route, admin=is_admin)
        if not answer_text:
            continue
        hangs = answer_text == "silent"
        command = kubectl.get("services,endpointslices,pods", namespace=ctx.target.namespace, output="wide")
        inspect = Step("Connect to it.", command)
        change = correct_part(ctx, login, "port", "RIGHT_PORT")
        problem = "does not answer" if hangs else f"is not PostgreSQL ({truncate(answer_text, 60)})"
        yield (SILENT if hangs else NOT_POSTGRES).finding(
            f"{host}:{port} is open, but {problem}.",
            *((inspect, change) if hangs else (change, inspect)),
            subjects=(f"host/{host}",),
            pods=ctx.target.pods_with_same(*login.addressed_by, *database.addressed_by),
            evidence=route.evidence,
            alternatives=("Another service than PostgreSQL may wait for its client to speak first.",) if hangs else (),
        )


def _describe(ctx: Context, route: Route, *, admin: bool) -> str:
    """Returns the answer of another service, "" where PostgreSQL answers."""
    if route.speaks in {ServerProtocol.POSTGRES, ServerProtocol.POSTGRES_TLS}:
        ctx.note(f"{route.speaks.value}, tested from a pod")
        return ""
    if route.speaks is ServerProtocol.OTHER:
        return route.detail or "its answer to the handshake is another one"
    if not admin and logs_contact(ctx, LATER, database_of(ctx).host):
        by_log = "the worker's log quotes its answer"
        ctx.cover(route.missing, by_log)
        queried = ctx.covered(lambda: query_postgres(ctx, route, admin=admin), by_log)
        if not queried:
            ctx.note(by_log)
            return ""
        answer = queried
    else:
        answer = query_postgres(ctx, route, admin=admin)
    if answer.answered is AnswerState.YES:
        ctx.note("queried through a port-forward or directly, which bypasses the pods' own network")
        return ""
    if answer.answered is AnswerState.REFUSED or route.service == "":
        raise NoAnswerError(f"no pod could test it, and from here: {truncate(answer.detail, 120)}")
    return "silent" if "timeout" in answer.detail else answer.detail


ANSWERS = Check(
    id="database.answers",
    title="PostgreSQL answers on the database's port",
    stage=stages.DATABASE_ANSWER,
    run=run,
    codes=(NOT_POSTGRES, SILENT),
    occasions=PREREQUISITES,
    reads=(*optional(server_query(Scope.DATABASE)), *optional(WORKER_LOGS)),
)
