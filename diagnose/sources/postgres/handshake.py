"""A connection to PostgreSQL or its pooler up to the password request; no password is ever sent."""

from contextlib import ExitStack

from diagnose.queries.postgres import PostgresAnswer, QueryPostgres
from diagnose.queries.query import AnswerState
from diagnose.sources.kubernetes.port_forward import DependencySource
from diagnose.sources.source import answers

PASSWORD_REQUESTED = ("no password supplied", "password is required")


class PostgresSource(DependencySource):
    """Answers `QueryPostgres`."""

    @answers(QueryPostgres)
    def answer(self, query: QueryPostgres, timeout_s: float) -> PostgresAnswer:
        """Returns how far the handshake gets."""
        import psycopg

        with ExitStack() as stack:
            host, port = query.host, query.port
            if query.through:
                host, port = "127.0.0.1", stack.enter_context(self._tunnels.open(query.through))
            self._counter.probe()
            try:
                with psycopg.connect(
                    host=host,
                    port=port,
                    dbname=query.database,
                    user=query.user,
                    password="",
                    passfile="/nonexistent",
                    connect_timeout=max(2, int(timeout_s / 2)),
                    sslmode="prefer",
                ):
                    return PostgresAnswer(AnswerState.YES)
            except psycopg.OperationalError as error:
                return _judge(error.sqlstate or "", str(error))


def _judge(code: str, message: str) -> PostgresAnswer:
    if any(text in message for text in PASSWORD_REQUESTED):
        return PostgresAnswer(AnswerState.YES)
    failed = AnswerState.REFUSED if "refused" in message else AnswerState.NO
    answered = AnswerState.YES if code or "FATAL" in message else failed
    return PostgresAnswer(answered, code, message.strip())
