"""One exec survey inside a container: names, ports, files, variables, logins; shapes and verdicts, never values.

A survey is one command in the container, whatever its parts, so that a pod costs one exec. Its answer depends on what
the image has: node answers everything, a shell with busybox the network and the files.
"""

from enum import StrEnum
from typing import ClassVar

import msgspec

from diagnose.model.report import Vantage
from diagnose.queries.database_state import DatabaseState
from diagnose.queries.query import Query
from diagnose.queries.rights import EXEC, Rights
from diagnose.queries.tls import Handshake


class ConnectionState(StrEnum):
    """How an attempt to open a TCP connection ended. Refused and timed out have different causes."""

    CONNECTED = "connected"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    NO_SUCH_NAME = "no-such-name"
    NAME_UNRESOLVED = "name-unresolved"
    NO_TOOL = "no-tool"


class Shape(StrEnum):
    """What a value looks like, without the value."""

    SET = "set"
    EMPTY = "empty"
    ABSENT = "absent"
    NO_VALUE = "no-value"
    PLACEHOLDER = "placeholder"


class ValueComparison(StrEnum):
    """How the process's value of a variable compares with the value that a file assigns."""

    SAME = "same"
    EXPANDED = "expanded"
    OTHER = "other"
    UNKNOWN = ""


class FileState(StrEnum):
    """Whether a file can be read."""

    PRESENT = "present"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


class ServerProtocol(StrEnum):
    """The protocol of a server, by its answer to PostgreSQL's TLS request (https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.12)."""

    POSTGRES = "postgres"
    POSTGRES_TLS = "postgres-tls"
    OTHER = "other"
    UNKNOWN = ""


class Connection(msgspec.Struct, frozen=True):
    """An attempt to connect to `host:port`; `address` is the IP address of the name."""

    host: str
    port: int
    state: ConnectionState
    address: str = ""
    detail: str = ""
    speaks: ServerProtocol = ServerProtocol.UNKNOWN


class Variable(msgspec.Struct, frozen=True):
    """The shape of a variable of the process, or of one that a file exports.

    Attributes:
        held: of a file's variable, whether the process has the value in the file; "expanded" where it does not and the
            value has characters that a shell changes.
    """

    label: str
    shape: Shape
    held: ValueComparison = ValueComparison.UNKNOWN


class Kind(StrEnum):
    """The type that a value reads as."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    URL = "url"
    TEXT = "text"


class ValueFlaw(StrEnum):
    """What is wrong in a value: blanks or quotes around it, an unresolved `$(NAME)`, the text of a template."""

    PADDED = "padded"
    QUOTED = "quoted"
    REFERENCE = "reference"
    TEMPLATE = "template"


class Value(msgspec.Struct, frozen=True):
    """What a variable's value looks like to the process, without the value."""

    label: str
    shape: Shape
    kind: Kind = Kind.TEXT
    traps: tuple[ValueFlaw, ...] = ()


class FileShape(msgspec.Struct, frozen=True):
    """A file's size in bytes and what it assigns; `exports` is false where a line lacks `export`.

    Attributes:
        changed_at: the time of the last change, in seconds since 1970; 0 where unknown.
    """

    path: str
    state: FileState
    size: int = 0
    assigns: tuple[Variable, ...] = ()
    exports: bool = True
    changed_at: int = 0


class Fetched(msgspec.Struct, frozen=True):
    """An HTTP GET; status 0 with an error where there was no answer."""

    url: str
    status: int = 0
    body: str = ""
    error: str = ""


class Login(msgspec.Struct, frozen=True):
    """A login to PostgreSQL with the container's credentials.

    Attributes:
        code: the SQLSTATE or the operating system's error code, "" where it was accepted, "no-tool" where the image
                has no tool for it.
        connected: whether the login was accepted, even if its first statement was not answered.
        read_only: whether transactions are read-only; `standby`: whether the server is in recovery.
        statement_timeout, lock_timeout: as PostgreSQL writes them, "0" for none.
        look: the state of the database; None where it was not inspected.
    """

    purpose: str
    code: str = ""
    message: str = ""
    connected: bool = False
    read_only: bool = False
    standby: bool = False
    statement_timeout: str = "0"
    lock_timeout: str = "0"
    look: DatabaseState | None = None

    @property
    def accepted(self) -> bool:
        """Whether the login was accepted."""
        return not self.code


class Process(msgspec.Struct, frozen=True):
    """The container's first process, and the values of its control group; None where unknown.

    Attributes:
        started_at: in seconds since 1970.
        uid: the user that it runs as.
        memory, memory_limit: in bytes; memory without what can be given back at once, as the kubelet counts it.
        cpu_periods, cpu_throttled: periods of 0.1 s in which it wanted the CPU, and in how many it was throttled.
        shared_memory: of the memory, what shared segments and files of volumes in memory take.
        oom_kills: how many processes of it the kernel has killed at the memory limit.
        clock: what the container takes for the time at the end of the survey, in seconds since 1970.
    """

    started_at: int | None = None
    uid: int | None = None
    memory: int | None = None
    memory_limit: int | None = None
    cpu_periods: int | None = None
    cpu_throttled: int | None = None
    shared_memory: int | None = None
    oom_kills: int | None = None
    clock: int | None = None


class Listener(msgspec.Struct, frozen=True):
    """A TCP port on which something in the pod listens; `local` where only the pod itself can connect to it."""

    port: int
    local: bool = False


class ShownServer(msgspec.Struct, frozen=True):
    """What `host:port` showed of itself in a TLS handshake from inside the pod, None where it speaks no TLS."""

    host: str
    port: int
    shown: Handshake | None = None


class Lookup(msgspec.Struct, frozen=True):
    """The addresses of a name that the pod's resolver tries for a host, none where it does not exist."""

    host: str
    name: str
    addresses: tuple[str, ...] = ()


class SurveyAnswer(msgspec.Struct, frozen=True):
    """The answer of a survey; parts that the image has no tool for are absent.

    Attributes:
        handshakes: the TLS handshakes that were tried.
        listening: the TCP ports that are open in the pod; None where unknown.
        nameservers, search: the name servers and search domains of its resolv.conf.
        lookups: the names that were looked up, in the order in which the resolver tries them.
        read_at: when the survey ran, by the API server's clock, in seconds since 1970; 0 where that was not recorded.
    """

    tool: str
    connections: tuple[Connection, ...] = ()
    files: tuple[FileShape, ...] = ()
    variables: tuple[Variable, ...] = ()
    fetched: tuple[Fetched, ...] = ()
    logins: tuple[Login, ...] = ()
    process: Process = Process()
    values: tuple[Value, ...] = ()
    read_at: float = 0.0
    listening: tuple[Listener, ...] | None = None
    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    handshakes: tuple[ShownServer, ...] = ()
    lookups: tuple[Lookup, ...] = ()

    def connection(self, host: str, port: int) -> Connection | None:
        """Returns the attempt to connect there, if any."""
        found = (each for each in self.connections if (each.host, each.port) == (host, port))
        return next((each for each in found if each.state is not ConnectionState.NO_TOOL), None)

    def login(self, purpose: str) -> Login | None:
        """Returns the login for that purpose, if it was tried."""
        found = (each for each in self.logins if each.purpose == purpose)
        return next((each for each in found if each.code != "no-tool"), None)

    def variable(self, name: str) -> Variable | None:
        """Returns the variable's shape, if it was inspected."""
        return next((each for each in self.variables if each.label == name), None)


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to try; with `postgres`, the survey also tests whether PostgreSQL answers."""

    host: str
    port: int
    postgres: bool = False


class LoginAs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A login to try, with what only the process knows taken from its own variables.

    Attributes:
        user: "" where a variable has it.
        password_variables: the names of the variables that may contain the password.
        user_variable: the name of the variable with the user, "" where the user is known.
        url_variable: the name of the variable with all of the login as a URL, "" for none.
    """

    purpose: str
    host: str
    port: int
    database: str
    user: str
    password_variables: tuple[str, ...]
    user_variable: str = ""
    url_variable: str = ""


class ExecSurvey(Query[SurveyAnswer], frozen=True, kw_only=True):
    """One exec survey of a container.

    Attributes:
        tables, role: what an accepted login inspects in the database.
        folders: where the image may hold migrations, which are compared with those of the database.
        judged: variables whose values are judged.
        handshakes: those of the dials with which a TLS handshake is tried, which sends nothing secret.
        named: further connections to try, to hosts that the pod's settings name.
        names: hosts of which each name that the resolver tries is looked up by itself.
    """

    answer_type: ClassVar[type] = SurveyAnswer
    vantage: ClassVar[Vantage] = Vantage.POD
    timeout_s: ClassVar[float] = 15.0
    not_in_key: ClassVar[frozenset[str]] = frozenset(
        {"tables", "role", "folders", "judged", "named", "handshakes", "names"}
    )

    namespace: str
    pod: str
    container: str
    dials: tuple[Dial, ...] = ()
    files: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    logins: tuple[LoginAs, ...] = ()
    tables: tuple[str, ...] = ()
    role: str = ""
    folders: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    named: tuple[Dial, ...] = ()
    handshakes: tuple[Dial, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def all_dials(self) -> tuple[Dial, ...]:
        """All connections to try."""
        return (*self.dials, *self.named)

    @property
    def what(self) -> str:
        """The request."""
        return f"exec into pod {self.pod}, container {self.container}"

    @property
    def rights(self) -> Rights:
        """The right to run a command in the container."""
        return ((EXEC, self.namespace),)


class ExecPaths(ExecSurvey, frozen=True, kw_only=True):
    """A second survey of a container, of each hop to the servers to which connections failed in the first one.

    Attributes:
        has_node: whether the image is known to have node, which then runs it.
    """

    not_in_key: ClassVar[frozenset[str]] = ExecSurvey.not_in_key | {
        "dials",
        "files",
        "variables",
        "urls",
        "logins",
        "has_node",
    }

    has_node: bool = False
