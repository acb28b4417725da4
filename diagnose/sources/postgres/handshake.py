"""A connection to PostgreSQL or its pooler up to the password request; no password is ever sent."""

import os
import traceback

import msgspec

from diagnose.queries.postgres import PostgresAnswer, QueryPostgres
from diagnose.queries.query import AnswerState
from diagnose.sources.kubernetes.port_forward import DependencySource
from diagnose.sources.source import answers
from diagnose.text.characters import one_line

# What follows is the first byte of a server that is none of PostgreSQL.
OTHER_PROTOCOL = "invalid response to SSL negotiation"
PASSWORD_REQUESTED = ("no password supplied", "password is required")


class PostgresSource(DependencySource):
    """Answers `QueryPostgres`."""

    @answers(QueryPostgres)
    def answer(self, query: QueryPostgres, timeout_s: float) -> PostgresAnswer:
        """Returns how far the handshake gets."""
        import psycopg

        with self._reach(query.host, query.port, query.through, timeout_s) as reached:
            self._counter.probe()
            try:
                with psycopg.connect(
                    host=reached.host,
                    port=reached.port,
                    dbname=query.database,
                    user=query.user,
                    password="",
                    passfile=f"{os.devnull}/none",
                    connect_timeout=max(2, int(timeout_s / 2)),
                    sslmode="prefer",
                ):
                    return PostgresAnswer(AnswerState.YES)
            except psycopg.OperationalError as error:
                # Otherwise a connection that is given up stays until the next garbage collection.
                traceback.clear_frames(error.__traceback__)
                answer = _judge(error.sqlstate or "", str(error))
                encrypted = bool(error.pgconn and error.pgconn.ssl_in_use)
                answer = msgspec.structs.replace(answer, encrypted=encrypted)
            if answer.answered is not AnswerState.YES:
                other = OTHER_PROTOCOL in answer.detail
                (reached.require_http if other else reached.require_proof)(one_line(answer.detail))
            return answer


def _judge(code: str, message: str) -> PostgresAnswer:
    if any(text in message for text in PASSWORD_REQUESTED):
        return PostgresAnswer(AnswerState.YES)
    failed = AnswerState.REFUSED if "refused" in message else AnswerState.NO
    answered = AnswerState.YES if code or "FATAL" in message else failed
    return PostgresAnswer(answered, code, message.strip())
