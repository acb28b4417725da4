"""Steps that look at the database's side of a login, or mend it."""

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.commands.postgres import psql
from diagnose.domain.database.logins import database_of
from diagnose.domain.database.server_logs import Backend
from diagnose.domain.network.reachability import service_of
from diagnose.model.report import Step


def look(ctx: Context, server: Backend | None = None) -> tuple[Step, ...]:
    """Where the pooler or server says more than it tells its clients."""
    namespace, service = service_of(database_of(ctx).host, ctx.target.namespace) or (ctx.target.namespace, "")
    pods = Step(
        text="See what runs behind the host.",
        command=kubectl.get("statefulsets,deployments,pods,endpointslices", namespace=namespace),
    )
    command = kubectl.log(f"service/{service}", namespace=namespace, tail=40)
    log = Step(text="Read what it says of the reason.", command=server.command if server else command)
    return (log, pods) if server else (pods, log) if service else (pods,)


def admin_sql(ctx: Context, text: str, statement: str, *, changes: str = "") -> Step:
    """A statement that an admin of the database runs."""
    database = database_of(ctx)
    command = psql(database.admin_host, database.admin_port, database.admin_user, database.name, statement)
    return Step(text=text, command=command, changes=changes)


def holders(ctx: Context) -> Step:
    """Who holds connections."""
    query = (
        "select usename, application_name, client_addr, count(*) from pg_stat_activity group by 1,2,3 order by 4 desc"
    )
    return admin_sql(ctx, "See who holds connections.", query)


def pooler_users(ctx: Context) -> Step:
    """Where the pooler's own list of users is."""
    namespace, service = service_of(database_of(ctx).host, ctx.target.namespace) or (ctx.target.namespace, "")
    return Step(
        text="See from which Secret the pooler takes its list of users (auth_file), correct it there, and restart it.",
        command=kubectl.describe("deployment", service, namespace=namespace),
    )
