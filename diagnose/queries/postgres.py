"""Queries to PostgreSQL."""

from typing import ClassVar

import msgspec

from diagnose.commands.command import Command
from diagnose.commands.postgres import psql
from diagnose.queries.database_state import DatabaseState
from diagnose.queries.query import AnswerState, ServerQuery


class PostgresAnswer(msgspec.Struct, frozen=True):
    """How far a login without a password got: a server that requires one is reachable.

    Attributes:
        code: the SQLSTATE of an error, or "".
        encrypted: whether it got so far over TLS.
    """

    answered: AnswerState
    code: str = ""
    detail: str = ""
    encrypted: bool = False


class QueryPostgres(ServerQuery[PostgresAnswer], frozen=True, kw_only=True):
    """Queries whether PostgreSQL, or its pooler, answers up to its request for a password."""

    answer_type: ClassVar[type] = PostgresAnswer

    host: str
    port: int
    database: str
    user: str

    @property
    def command(self) -> Command:
        """The same query with psql."""
        return psql(self.host, self.port, self.user, self.database, flags=("--no-password",))


class InspectDatabase(ServerQuery[DatabaseState], frozen=True, kw_only=True):
    """Inspects the database by the operator's own login (`--db-dsn`), which the source alone knows.

    Attributes:
        host, port, database: the worker's, where the login names no other.
        tables, role, reader: what is inspected; `reader` is the role whose rights count.
    """

    answer_type: ClassVar[type] = DatabaseState
    # They differ between versions of the worker.
    not_in_key: ClassVar[frozenset[str]] = frozenset({"tables"})

    host: str
    port: int
    database: str
    tables: tuple[str, ...] = ()
    role: str = ""
    reader: str = ""
