"""The queries to PostgreSQL that several checks share, so that each is sent once."""

from diagnose.check.api import Context
from diagnose.domain.network.reachability import Way, answered_with_note, require_endpoint
from diagnose.queries.postgres import AskPostgres, PostgresAnswer
from diagnose.queries.query import CannotLookError


def ask_postgres(ctx: Context, way: Way, *, admin: bool = False) -> PostgresAnswer:
    """How far a handshake with the database gets.

    Raises:
        CannotLookError: it cannot be asked from here.
    """
    database = ctx.target.database
    if database is None:
        raise CannotLookError("the environment names no database host")
    require_endpoint(way)
    return ctx.ask(
        AskPostgres(
            host=database.admin_host if admin else database.host,
            port=database.admin_port if admin else database.port,
            database=database.name,
            user=database.admin_user if admin else database.user,
            through=way.through,
        )
    )


def postgres_answers_here(ctx: Context, way: Way, *, admin: bool = False) -> bool:
    """Whether, where no pod could try, a database answers through a port-forward or from here; which is remarked."""
    return answered_with_note(ctx, way, lambda: ask_postgres(ctx, way, admin=admin).answered)
