"""PostgreSQL by the operator's own login (`--db-dsn`): what the database says of itself, and nothing is changed.

The login never leaves this module: not in answers, not in errors.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from diagnose.queries.database_state import DatabaseLook
from diagnose.queries.exec_survey.parsing import script
from diagnose.queries.postgres import LookAtDatabase
from diagnose.queries.query import CannotLookError
from diagnose.sources.kubernetes.port_forward import Tunnels
from diagnose.sources.usage import Counter
from diagnose.text.decoding import from_plain
from diagnose.text.sentences import cut

if TYPE_CHECKING:
    import psycopg

MASK = "‹masked›"
STATEMENT_LIMIT_MS = 3000


class LoginError(Exception):
    """The login is none that can be used; the message says why, and nothing of it."""


class OperatorLogin:
    """Answers `LookAtDatabase`; without a login it cannot look."""

    def __init__(self, dsn: str, tunnels: Tunnels, counter: Counter) -> None:
        self._parts = parse(dsn) if dsn else None
        self._tunnels = tunnels
        self._counter = counter

    def look(self, question: LookAtDatabase, timeout_s: float) -> DatabaseLook:
        """What the database says of itself.

        Raises:
            CannotLookError: there is no login, it is refused, or nobody answers there.
        """
        import psycopg

        if self._parts is None:
            raise CannotLookError("no login was given (--db-dsn)")
        parts = {"dbname": question.database, "connect_timeout": str(max(2, int(timeout_s / 2))), **self._parts}
        with ExitStack() as stack:
            own = str(parts.get("host", ""))
            if own in {"", question.host} and question.through:
                # The name may be checked against the server's certificate, so the address alone is another.
                parts |= {
                    "hostaddr": "127.0.0.1",
                    "port": str(stack.enter_context(self._tunnels.open(question.through))),
                }
            elif not own:
                parts["port"] = parts.get("port", str(question.port))
            parts["host"] = own or question.host
            self._counter.probe()
            try:
                connection = psycopg.connect(**parts, autocommit=True, prepare_threshold=None)
                return ask(stack.enter_context(connection), question)
            except psycopg.Error as error:
                raise CannotLookError(f"--db-dsn: {self._told(error)}") from None

    def _told(self, error: "psycopg.Error") -> str:
        """What went wrong, without anything of the login but what the server itself says of it."""
        text = " ".join(str(error).split())
        _, refused, said = text.rpartition("FATAL: ")
        text = said.strip()
        for name in ("password", "user", "host", "hostaddr"):
            if value := str((self._parts or {}).get(name, "")):
                text = text.replace(value, MASK)
        return f"{error.sqlstate or ('refused' if refused else 'no answer')}: {cut(text, 200)}"


def parse(dsn: str) -> dict[str, Any]:
    """The parts of a login: a URL or "name=value …".

    Raises:
        LoginError: it is neither.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return dict(conninfo_to_dict(dsn))
    except psycopg.Error:
        # The driver's own words repeat it.
        raise LoginError(
            "--db-dsn is neither a URL (postgresql://USER:PASSWORD@HOST/NAME) nor name=value pairs"
        ) from None


def ask(connection: "psycopg.Connection[Any]", question: LookAtDatabase) -> DatabaseLook:
    """The look, in one transaction that can change nothing and not take long."""
    import psycopg
    from psycopg.rows import dict_row

    connection.execute("/* diagnose */ begin read only")
    connection.execute(f"/* diagnose */ set local statement_timeout = {STATEMENT_LIMIT_MS}")
    with psycopg.RawCursor(connection, row_factory=dict_row) as cursor:
        about = [list(question.tables), question.role, question.reader]
        found = cursor.execute(script("look.sql"), about).fetchone() or {}
        readable = cursor.execute(script("migrations_readable.sql")).fetchone() or {}
        if readable.get("readable"):
            found["migrations"] = cursor.execute(script("migrations.sql")).fetchone()
    connection.execute("/* diagnose */ rollback")
    look: DatabaseLook = from_plain(found, DatabaseLook)
    return look
