"""What a refused database login means, in words: one code a meaning, with the steps that mend it."""

import shlex

from diagnose.check import Code, Context
from diagnose.logins import Refused, database_of, password_steps, speaker
from diagnose.model import Finding, Step
from diagnose.neighbours import empty_services
from diagnose.probes.postgres_refusals import Refusal
from diagnose.reach import service_of

REJECTED = Code(
    id="database.login-rejected",
    meaning="PostgreSQL or its pooler refuses the worker's user or password. Through PgBouncer it has the code 08P01.",
    fix="Align the password in the Secret with the role's, then restart the worker.",
)
POOLER_REJECTED = Code(
    id="database.pooler-login-rejected",
    meaning="The pooler accepts the worker, but PostgreSQL refuses the pooler: its own list of passwords is stale.",
    fix="Give the pooler the role's present password, and reload it.",
)
NO_PASSWORD = Code(
    id="database.password-missing",
    meaning="The worker's process has no database password, or an empty one.",
    fix="Give DB_PASSWORD_SERVER a value.",
)
POOLER_STUCK = Code(
    id="database.pooler-cannot-connect",
    meaning="The pooler takes the connection and holds or refuses the login, because it gets none to the server.",
    fix="Bring the PostgreSQL server behind the pooler back.",
)
UNANSWERED = Code(
    id="database.login-unanswered",
    meaning="PostgreSQL takes the connection and does not answer the login: it hangs or is overloaded.",
    fix="See what the PostgreSQL server does.",
)
FULL = Code(
    id="database.connections-exhausted",
    meaning="PostgreSQL or its pooler has no free connection slot.",
    fix="Find who holds the connections, or raise the limit.",
)
STARTING = Code(
    id="database.starting",
    meaning="PostgreSQL is starting, recovering or shutting down and takes no logins.",
    fix="Wait until it is up, and see why it restarted.",
)
FAILED = Code(
    id="database.login-failed",
    meaning="The login ends with an error that is not of password, database or limits, such as one of TLS.",
    fix="See what the error says of the server's or the pooler's settings.",
)
CODES = (REJECTED, POOLER_REJECTED, NO_PASSWORD, POOLER_STUCK, UNANSWERED, FULL, STARTING, FAILED)


def finding(ctx: Context, group: Refused) -> Finding:
    """The finding for logins that ended for the same reason."""
    database = database_of(ctx)
    end = f"{database.host}:{database.port}"
    by, user, text = speaker(database, group.evidence), database.user, group.text[:70]
    alternatives: tuple[str, ...] = ()
    steps = look(ctx)
    match group.refusal:
        case Refusal.REJECTED:
            code, steps = REJECTED, password_steps(ctx, "DB_PASSWORD_SERVER")
            summary = f"{by} at {end} refuses the login of {user} ({text})."
        case Refusal.POOLER_REJECTED:
            code = POOLER_REJECTED
            summary = (
                f"PostgreSQL behind the pooler {end} refuses its login for {user}: the pooler's password is stale."
            )
        case Refusal.NO_PASSWORD:
            code, steps = NO_PASSWORD, password_steps(ctx, "DB_PASSWORD_SERVER")
            summary = f"The worker has no password for {user} at {end}: DB_PASSWORD_SERVER is empty or not set."
        case Refusal.BACKEND:
            return _unanswered(ctx, group)
        case Refusal.FULL:
            code, steps = FULL, (_holders(ctx), *steps)
            summary = f"{by} at {end} has no free connection for {user} ({text})."
        case Refusal.STARTING:
            code, summary = STARTING, f"PostgreSQL at {end} takes no logins ({text})."
        case _:
            code, summary = FAILED, f"The login of {user} at {end} ends with an error ({text})."
            alternatives = ("A network that cuts connections ends logins too; try again from another pod.",)
    return _about(ctx, code, summary, group, steps, alternatives)


def _unanswered(ctx: Context, group: Refused) -> Finding:
    """A login that hangs: behind a pooler the server is probably down; its own log is where that would stand."""
    database = database_of(ctx)
    end = f"{database.host}:{database.port}"
    if speaker(database, group.evidence) == "PostgreSQL":
        summary = f"PostgreSQL at {end} takes connections, but does not answer the login of {database.user}."
        other = "Behind a pooler it would be the server behind it that does not answer; see what the host leads to."
        return _about(ctx, UNANSWERED, summary, group, look(ctx), (other,))
    namespace = (service_of(database.host, ctx.target.namespace) or (ctx.target.namespace, ""))[0]
    empty = [name for name in empty_services(ctx, namespace) if name != ctx.names["workload"]]
    why = f": Service {namespace}/{empty[0]} has no ready endpoints" if empty else ""
    if empty:
        seen = ctx.saw(f"namespace {namespace}", f"Services without ready endpoints: {', '.join(empty[:5])}")
        group = Refused(refusal=group.refusal, pods=group.pods, text=group.text, evidence=(*group.evidence[:2], seen))
    summary = f"PgBouncer at {end} holds the login of {database.user}; the server behind it seems down{why}."
    full = "A pool whose connections are all taken holds logins too; the pooler's own log tells which."
    return _about(ctx, POOLER_STUCK, summary, group, look(ctx), (full,))


def _about(
    ctx: Context, code: Code, summary: str, group: Refused, steps: tuple[Step, ...], alternatives: tuple[str, ...]
) -> Finding:
    database = database_of(ctx)
    return code.finding(
        summary,
        subjects=(f"role/{database.user}", f"host/{database.host}"),
        pods=group.pods,
        evidence=group.evidence[:4],
        steps=steps,
        alternatives=alternatives,
    )


def look(ctx: Context) -> tuple[Step, ...]:
    """Where the pooler or server says more than it tells its clients."""
    namespace, service = service_of(database_of(ctx).host, ctx.target.namespace) or (ctx.target.namespace, "")
    pods = Step(
        text="See what runs behind the host.",
        command=f"kubectl -n {shlex.quote(namespace)} get statefulsets,deployments,pods,endpointslices",
    )
    log = Step(
        text="Read what it says of the reason.",
        command=f"kubectl -n {shlex.quote(namespace)} logs service/{shlex.quote(service)} --tail=40",
    )
    return (pods, log) if service else (pods,)


def _holders(ctx: Context) -> Step:
    database = database_of(ctx)
    query = (
        "select usename, application_name, client_addr, count(*) from pg_stat_activity group by 1,2,3 order by 4 desc"
    )
    words = ("psql", "-h", database.host, "-p", str(database.port), "-U", database.admin_user, "-d", database.name)
    return Step(text="See who holds connections.", command=shlex.join((*words, "-c", query)))
