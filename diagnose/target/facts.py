"""The facts of a target: what its settings say of Temporal, its database, its probes and metrics, and where.

A fact is a value with its source, a reference to an object that is not read, "none", or unknown with the reason. No
default stands for a fact.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from diagnose.text.addresses import is_address


class FactState(StrEnum):
    """How a fact is known."""

    VALUE = "value"
    REFERENCE = "reference"
    NONE = "none"
    UNKNOWN = "unknown"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of a target.

    Attributes:
        value: the value; several are joined by commas.
        source: where it was read, or the object and the key that have it.
        reason: why there is none, or why it is unknown.
        variable: the variable of the container that sets it, "" where another setting does.
    """

    state: FactState
    value: str = ""
    source: str = ""
    reason: str = ""
    variable: str = ""

    @property
    def text(self) -> str:
        """The fact in one line, for messages."""
        match self.state:
            case FactState.VALUE:
                return f"{self.value} ({self.source})"
            case FactState.REFERENCE:
                return f"by reference: {self.source}"
            case _:
                return f"{self.state}: {self.reason}"

    @property
    def plain(self) -> dict[str, str]:
        """The fact as a report stores it."""
        parts = {"state": self.state.value, "value": self.value, "source": self.source, "reason": self.reason}
        return {name: value for name, value in parts.items() if value}


def none(reason: str) -> Fact:
    """Returns the fact that there is none."""
    return Fact(state=FactState.NONE, reason=reason)


def unknown(reason: str) -> Fact:
    """Returns an unknown fact."""
    return Fact(state=FactState.UNKNOWN, reason=reason)


TEMPORAL = ("address", "namespace", "queues", "tls", "api-key")
DATABASE = ("engine", "host", "port", "name", "user")
HEALTH = ("liveness", "readiness", "startup")
METRICS = ("port", "path")
NAMES = tuple(
    f"{topic}.{name}"
    for topic, names in (("temporal", TEMPORAL), ("database", DATABASE), ("health", HEALTH), ("metrics", METRICS))
    for name in names
)
"""The names of all facts, in the order of a report."""
NOT_EXAMINED = unknown("it was not examined")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All facts of a target by name; one that is not there was not examined."""

    by_name: dict[str, Fact] = msgspec.field(default_factory=dict)

    def __getitem__(self, name: str) -> Fact:
        """Returns a fact."""
        return self.by_name.get(name, NOT_EXAMINED)

    def __iter__(self) -> Iterator[tuple[str, Fact]]:
        """Yields the facts with their names, in order."""
        return ((name, self.by_name[name]) for name in NAMES if name in self.by_name)

    @property
    def plain(self) -> dict[str, dict[str, str]]:
        """The facts as a report stores them."""
        return {name: fact.plain for name, fact in self}


NOTHING_KNOWN = Facts()


def address_of(host: str, port: int) -> str:
    """Returns host and port as one text."""
    return f"[{host}]:{port}" if ":" in host and is_address(host) else f"{host}:{port}"


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """How the program secures its connection to Temporal, as far as its settings say.

    Attributes:
        enabled: None where that is unknown.
        certificate, key, ca: paths in the container, or "" where there is none or it is no path.
        has_certificate: whether a client certificate is set, in whatever form.
        has_api_key: whether an API key is set.
        variable: the setting that says so.
    """

    enabled: bool | None = None
    server_name: str = ""
    certificate: str = ""
    key: str = ""
    ca: str = ""
    verifies: bool = True
    has_certificate: bool = False
    has_api_key: bool = False
    variable: str = ""


class TemporalFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The Temporal server that the settings name; its address at least is known.

    Attributes:
        namespace: "" where it is not known.
        queues: those that the worker polls; none where they are not known.
        variables: the names of the variables that set address, namespace and queues; "" where none does.
    """

    host: str
    port: int
    namespace: str = ""
    queues: tuple[str, ...] = ()
    tls: Tls = Tls()
    address_variable: str = "TEMPORAL_ADDRESS"
    namespace_variable: str = "TEMPORAL_NAMESPACE"
    queue_variable: str = "TEMPORAL_TASK_QUEUE"

    @property
    def address(self) -> str:
        """Host and port."""
        return address_of(self.host, self.port)


class LoginVariables(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the variables that set the parts of a login; "" where none does.

    Attributes:
        url: the variable with all parts in one text, "" where each has its own.
    """

    host: str = ""
    port: str = ""
    name: str = ""
    user: str = ""
    password: str = ""
    url: str = ""

    def own(self, part: str) -> str:
        """Returns the variable that sets one part alone; a placeholder where that is another setting."""
        variable: str = getattr(self, part)
        return variable if variable and variable != self.url else f"VARIABLE_OF_THE_{part.upper()}"

    @property
    def place(self) -> tuple[str, ...]:
        """The variables that say where the database is."""
        return tuple(dict.fromkeys(each for each in (self.host, self.port, self.name, self.url) if each))

    @property
    def credentials(self) -> tuple[str, ...]:
        """The variables with user and password."""
        return tuple(dict.fromkeys(each for each in (self.user, self.password) if each)) or (self.url,)


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A PostgreSQL database that the settings name; host and port at least are known.

    Attributes:
        name, user: "" where not known.
        admin: the same of another login of the program, None without one.
    """

    host: str
    port: int
    name: str = ""
    user: str = ""
    variables: LoginVariables = LoginVariables()
    admin: "DatabaseFacts | None" = None

    @property
    def address(self) -> str:
        """Host and port."""
        return address_of(self.host, self.port)

    @property
    def role(self) -> str:
        """The user as a sentence names it."""
        return self.user or f"the user in {self.variables.user or self.variables.url or 'its settings'}"

    @property
    def may_log_in(self) -> bool:
        """Whether a process of the program has all that a login needs."""
        whole = bool(self.variables.url)
        return whole or bool((self.user or self.variables.user) and self.name and self.variables.password)

    @property
    def server(self) -> tuple[str, int]:
        """Host and port, by which two logins are to the same server."""
        return self.host, self.port

    @property
    def addressed_by(self) -> tuple[str, ...]:
        """The variables with host and port."""
        return tuple(dict.fromkeys(filter(None, (self.variables.host, self.variables.port))))

    @property
    def logins(self) -> "dict[str, DatabaseFacts]":
        """The logins of the program by their purpose."""
        return {"server": self, "admin": self.admin} if self.admin else {"server": self}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of all logins."""
        return tuple(dict.fromkeys(each.host for each in self.logins.values()))

    @property
    def administered(self) -> "DatabaseFacts":
        """The login for commands of an admin; of a program without one, the user has to be filled in."""
        return self.admin or replace(self, user="ADMIN_USER")
