"""The state of a database, as an accepted login inspects it: names, counts and verdicts, never a row of data."""

import msgspec


class TableState(msgspec.Struct, frozen=True):
    """Whether a table, or a column as TABLE.COLUMN, is in the search path and the table may be read.

    `elsewhere` is a schema outside the search path that has a table of that name.
    """

    name: str
    present: bool
    readable: bool
    elsewhere: str = ""


class RoleState(msgspec.Struct, frozen=True):
    """A role of PostgreSQL; `limit` is its maximum number of sessions, -1 for any."""

    name: str
    exists: bool = True
    login: bool = True
    expired: bool = False
    limit: int = -1
    sessions: int = 0
    connects: bool = True


class DatabaseSession(msgspec.Struct, frozen=True):
    """A session with a transaction that has been open for `since_s` seconds; those of other users may lack details."""

    pid: int
    user: str | None = None
    application: str | None = None
    state: str | None = None
    since_s: int | None = None

    @property
    def description(self) -> str:
        """The session as text."""
        program = f" ({self.application})" if self.application else ""
        return f"session {self.pid} of {self.user or 'another role'}{program}"


class LockWait(msgspec.Struct, frozen=True):
    """A statement that has waited for `since_s` seconds for a lock on `relation`, which `blocker` holds."""

    relation: str
    blocker: DatabaseSession
    since_s: int | None = None


class Stall(msgspec.Struct, frozen=True):
    """Sessions that have waited for the same event for some seconds, up to `since_s`: no lock, and no client."""

    event: str
    sessions: int
    since_s: int | None = None


class Standbys(msgspec.Struct, frozen=True):
    """The setting `synchronous_standby_names`, and the names of all standbys that are connected.

    A name is "" where the login may not read it.
    """

    required: str = ""
    connected: tuple[str, ...] = ()


class SequenceState(msgspec.Struct, frozen=True):
    """A sequence near its end: its last number, the greatest it may have, and the column that takes its numbers.

    Attributes:
        column: as TABLE.COLUMN, "" for none; `type` is that of the column.
    """

    name: str
    last: int = 0
    limit: int = 0
    column: str = ""
    type: str = ""


class LateSequence(msgspec.Struct, frozen=True):
    """A sequence that has given fewer numbers than its table has rows: those were written with numbers of their own.

    Attributes:
        column: as TABLE.COLUMN, which takes its numbers; `index` is the unique one of this column alone.
        last: the number that it gave last; rows: about how many its table has.
    """

    name: str
    column: str = ""
    index: str = ""
    last: int = 0
    rows: int = 0


class BrokenTrigger(msgspec.Struct, frozen=True):
    """A trigger whose function uses a column that its table does not have."""

    name: str
    table: str
    column: str


class ConnectionSlots(msgspec.Struct, frozen=True):
    """How many sessions there are, and how many are allowed."""

    used: int
    limit: int


class SessionCount(msgspec.Struct, frozen=True):
    """How many sessions a user has with one program."""

    sessions: int
    user: str | None = None
    application: str | None = None


class Migrations(msgspec.Struct, frozen=True):
    """The lock of knex's migrations, the last one applied, and how the image's files compare with them.

    Attributes:
        files: the number of files in the image, None without any of the folders; newest: the last of them by name.
        pending, next: the number of files that are not applied, and the first of those.
        ahead, beyond: the number of applied migrations that the image does not contain, and the last of those.
    """

    locked: int
    applied: int
    last: str = ""
    files: int | None = None
    newest: str = ""
    pending: int = 0
    next: str = ""
    ahead: int = 0
    beyond: str = ""


class DatabaseState(msgspec.Struct, frozen=True):
    """The state of the database; with `error` the inspection ended early.

    Attributes:
        waits, held: statements that wait for locks, and transactions open for some seconds.
        stalls: what else sessions of the database wait for, the most frequent first.
        sequences: those that have used most of their numbers; late: those that a table's rows have overtaken.
        busy: how many sessions of the database are active, that of the inspection excluded.
    """

    error: str = ""
    database: str = ""
    tables: tuple[TableState, ...] = ()
    role: RoleState | None = None
    waits: tuple[LockWait, ...] = ()
    held: tuple[DatabaseSession, ...] = ()
    stalls: tuple[Stall, ...] = ()
    standbys: Standbys | None = None
    busy: int = 0
    slots: ConnectionSlots | None = None
    holders: tuple[SessionCount, ...] = ()
    migrations: Migrations | None = None
    sequences: tuple[SequenceState, ...] = ()
    late: tuple[LateSequence, ...] = ()
    triggers: tuple[BrokenTrigger, ...] = ()
