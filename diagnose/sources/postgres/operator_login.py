"""The state of a PostgreSQL database by the operator's login (`--db-dsn`), read-only.

The login never leaves this module: not in answers, not in errors.
"""

import os
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from diagnose.queries.database_state import DatabaseState
from diagnose.queries.exec_survey.parsing import script
from diagnose.queries.postgres import InspectDatabase
from diagnose.queries.query import NoAnswerError
from diagnose.sources.deadline import Deadline
from diagnose.sources.kubernetes.port_forward import DependencySource, Tunnels
from diagnose.sources.source import answers
from diagnose.sources.usage import Counter
from diagnose.text.characters import one_line
from diagnose.text.decoding import from_plain
from diagnose.text.sentences import truncate

if TYPE_CHECKING:
    import psycopg

MASK = "‹masked›"
STATEMENT_LIMIT_MS = 3000


class LoginError(Exception):
    """The login cannot be used; the message has the reason and nothing of the login."""


class OperatorLogin(DependencySource):
    """Answers `InspectDatabase` where there is a login."""

    def __init__(self, dsn: str, tunnels: Tunnels, counter: Counter) -> None:
        super().__init__(tunnels, counter)
        self._parts = parse(dsn) if dsn else None

    @answers(InspectDatabase)
    def inspect(self, query: InspectDatabase, timeout_s: float) -> DatabaseState:
        """Returns the state of the database.

        Raises:
            NoAnswerError: there is no login, it is refused, or the server does not answer.
        """
        import psycopg

        if self._parts is None:
            raise NoAnswerError("no login was given (--db-dsn)")
        parts = {"dbname": query.database, "connect_timeout": str(max(2, int(timeout_s / 2))), **self._parts}
        own_host = str(parts.get("host", ""))
        through = query.through if own_host in {"", query.host} else None
        with ExitStack() as stack:
            reached = stack.enter_context(self._reach(query.host, query.port, through, timeout_s))
            deadline = stack.enter_context(Deadline(timeout_s))
            if through:
                # The name may be checked against the server's certificate, so the address alone is another.
                parts |= {"hostaddr": reached.host, "port": str(reached.port)}
            elif not own_host:
                parts["port"] = parts.get("port", str(query.port))
            parts["host"] = own_host or query.host
            self._counter.probe()
            try:
                connection = psycopg.connect(**parts, autocommit=True, prepare_threshold=None)
                stack.enter_context(connection)
                deadline.guard(stack.enter_context(socket.socket(fileno=os.dup(connection.fileno()))))
                return answer(connection, query)
            except psycopg.Error as error:
                raise NoAnswerError(f"--db-dsn: {self._message(error)}") from None

    def _message(self, error: "psycopg.Error") -> str:
        """Returns the error without anything of the login except for what the server's message contains."""
        text = one_line(str(error))
        _, refused, server_message = text.rpartition("FATAL: ")
        text = server_message.strip()
        for name in ("password", "user", "host", "hostaddr"):
            if value := str((self._parts or {}).get(name, "")):
                text = text.replace(value, MASK)
        return f"{error.sqlstate or ('refused' if refused else 'no answer')}: {truncate(text, 200)}"


def parse(dsn: str) -> dict[str, Any]:
    """Parses a login: a URL or "name=value …".

    Raises:
        LoginError: the login is neither.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return dict(conninfo_to_dict(dsn))
    except psycopg.Error:
        # The driver's message contains the login.
        raise LoginError(
            "--db-dsn is neither a URL (postgresql://USER:PASSWORD@HOST/NAME) nor name=value pairs"
        ) from None


def answer(connection: "psycopg.Connection[Any]", query: InspectDatabase) -> DatabaseState:
    """Reads the state in one read-only transaction with a time limit."""
    import psycopg
    from psycopg.rows import dict_row

    connection.execute("/* diagnose */ begin read only")
    connection.execute(f"/* diagnose */ set local statement_timeout = {STATEMENT_LIMIT_MS}")
    with psycopg.RawCursor(connection, row_factory=dict_row) as cursor:
        about = [list(query.tables), query.role, query.reader]
        found = cursor.execute(script("look.sql"), about).fetchone() or {}
        readable = cursor.execute(script("migrations_readable.sql")).fetchone() or {}
        if readable.get("readable"):
            found["migrations"] = cursor.execute(script("migrations.sql")).fetchone()
    connection.execute("/* diagnose */ rollback")
    state: DatabaseState = from_plain(found, DatabaseState)
    return state
