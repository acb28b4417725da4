"""Steps that inspect or fix the database's side of a login."""

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.commands.postgres import psql
from diagnose.domain.database.logins import database_of
from diagnose.domain.database.server_logs import Backend
from diagnose.model.report import Step
from diagnose.target.service_names import service_of


def inspection_steps(ctx: Context, server: Backend | None = None) -> tuple[Step, ...]:
    """Returns the steps that show the pooler's or server's own log."""
    namespace, service = service_of(database_of(ctx).host, ctx.target) or (ctx.target.namespace, "")
    pods = Step(
        "List the backends of the host.",
        kubectl.get("statefulsets,deployments,pods,endpointslices", namespace=namespace),
    )
    command = kubectl.log(f"service/{service}", namespace=namespace, tail=40)
    log = Step("Read the reason in its log.", server.command if server else command)
    return (log, pods) if server else (pods, log) if service else (pods,)


def admin_sql(ctx: Context, text: str, statement: str, *, changes: str = "") -> Step:
    """Returns a step with a statement for an admin of the database."""
    admin = database_of(ctx).administered
    command = psql(admin.host, admin.port, admin.user, admin.name, statement)
    return Step(text, command, changes=changes)


def sessions_step(ctx: Context) -> Step:
    """Returns the step that lists the sessions."""
    query = (
        "select usename, application_name, client_addr, count(*) from pg_stat_activity group by 1,2,3 order by 4 desc"
    )
    return admin_sql(ctx, "List the sessions by user and application.", query)


def pooler_users_step(ctx: Context) -> Step:
    """Returns the step that finds the pooler's list of users."""
    namespace, service = service_of(database_of(ctx).host, ctx.target) or (ctx.target.namespace, "")
    return Step(
        "Find the Secret with the pooler's list of users (auth_file), correct it there, and restart the pooler.",
        kubectl.describe("deployment", service, namespace=namespace),
    )
