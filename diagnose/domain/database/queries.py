"""The queries to PostgreSQL that several checks share, so that each is sent once."""

from diagnose.check.api import Context
from diagnose.domain.database.logins import database_of
from diagnose.domain.network.reachability import Route, answers_operator, require_endpoint
from diagnose.queries.postgres import PostgresAnswer, QueryPostgres


def query_postgres(ctx: Context, route: Route, *, admin: bool = False) -> PostgresAnswer:
    """Returns how far a handshake with the database gets.

    Raises:
        NoAnswerError: the query gets no answer.
    """
    database = database_of(ctx)
    database = database.admin if admin and database.admin else database
    require_endpoint(ctx, route)
    return ctx.query(
        QueryPostgres(
            host=database.host,
            port=database.port,
            database=database.name,
            user=database.user,
            through=route.through,
        )
    )


def postgres_answers_here(ctx: Context, route: Route, *, admin: bool = False) -> bool:
    """Whether a database answers the operator, where no pod could try; the outcome gets a remark about it."""
    return answers_operator(ctx, route, lambda: query_postgres(ctx, route, admin=admin).answered)
