"""Questions to Temporal, Vault and PostgreSQL themselves, asked directly or through a port-forward."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from diagnose.model.report import Vantage
from diagnose.queries.database_state import DatabaseLook
from diagnose.queries.query import Question
from diagnose.queries.workflow_executions import Executions


@dataclass(frozen=True, kw_only=True)
class PodPort:
    """A port of a pod, by which a port-forward goes round Services and DNS."""

    namespace: str
    pod: str
    port: int


class Answered(StrEnum):
    """Whether a dependency could be spoken to at all."""

    YES = "yes"
    REFUSED = "refused"
    NO = "no"


class Poller(msgspec.Struct, frozen=True):
    """Who polled a queue, and when last; the server remembers a poller for five minutes.

    Attributes:
        version: the deployment version it runs, as "deployment.build"; "" for one without.
        build: what the SDK calls its code, by default a sum over the bundle of its workflows.
    """

    identity: str
    last_access: datetime | None = None
    version: str = ""
    build: str = ""


class Queue(msgspec.Struct, frozen=True):
    """A task queue of kind workflow, as the server describes it.

    Attributes:
        backlog: how many workflow tasks wait, about.
        waited_s: how long the first of them has.
        activities, activities_waited_s: the same of its activities.
        version: the deployment version that new workflows are sent to; "" where there is none.
        add_rate, dispatch_rate: workflow tasks that come and that are taken up, each second, over the last half minute.
        activities_add_rate, activities_dispatch_rate: the same of its activities.
    """

    name: str
    pollers: tuple[Poller, ...] = ()
    backlog: int = 0
    error: str = ""
    waited_s: float = 0.0
    activities: int = 0
    activities_waited_s: float = 0.0
    version: str = ""
    add_rate: float = 0.0
    dispatch_rate: float = 0.0
    activities_add_rate: float = 0.0
    activities_dispatch_rate: float = 0.0


class TemporalAnswer(msgspec.Struct, frozen=True):
    """What a Temporal frontend says.

    Attributes:
        answered: whether something spoke gRPC there; `detail` says what went wrong otherwise.
        speaks: where nothing does, what it speaks: "TLS", "HTTP/1.1", or "" where it says nothing.
        serving: the answer of its gRPC health service: "SERVING", "NOT_SERVING", ….
        namespace: "exists", "missing", or the error that describing it gave.
    """

    answered: Answered
    detail: str = ""
    serving: str = ""
    namespace: str = ""
    queues: tuple[Queue, ...] = ()
    version: str = ""
    speaks: str = ""
    executions: Executions = Executions()


@dataclass(frozen=True, kw_only=True)
class AskTemporal(Question[TemporalAnswer]):
    """Asks whether a Temporal frontend serves, knows the namespace, and who polls its queues."""

    answers_with: ClassVar[type] = TemporalAnswer
    vantage: ClassVar[Vantage] = Vantage.TUNNEL
    timeout_s: ClassVar[float] = 10.0

    host: str
    port: int
    namespace: str
    queues: tuple[str, ...]
    through: PodPort | None = None

    @property
    def command(self) -> str:
        """The same by Temporal's own command line."""
        queue = self.queues[0] if self.queues else "QUEUE"
        return (
            f"temporal task-queue describe --address {self.host}:{self.port} "
            f"--namespace {self.namespace} --task-queue {queue}"
        )


class VaultAnswer(msgspec.Struct, frozen=True):
    """What a Vault server says of itself, and of a role to somebody with a token.

    Attributes:
        role: the role's settings by name, None where nobody asked (no token) or it does not exist.
        role_state: "exists", "missing", or why it could not be read; "" without a token.
        auth_config: how the auth method asks Kubernetes, by name; empty where it could not be read.
        led: whether an active node is known; None where that was not asked or not said.
    """

    answered: Answered
    detail: str = ""
    initialized: bool = True
    sealed: bool = False
    standby: bool = False
    version: str = ""
    role_state: str = ""
    role: dict[str, tuple[str, ...]] = {}
    auth_config: dict[str, str] = {}
    led: bool | None = None


@dataclass(frozen=True, kw_only=True)
class AskVault(Question[VaultAnswer]):
    """Asks whether Vault is there and unsealed and, with the operator's token, what the role allows."""

    answers_with: ClassVar[type] = VaultAnswer
    vantage: ClassVar[Vantage] = Vantage.TUNNEL

    address: str
    auth_path: str
    role: str
    through: PodPort | None = None

    @property
    def command(self) -> str:
        """The same by Vault's own command line."""
        if self.through:
            return f"kubectl -n {self.through.namespace} exec {self.through.pod} -- vault status"
        return f"VAULT_ADDR={self.address} vault status"


class LoginPathAnswer(msgspec.Struct, frozen=True):
    """What Vault says to somebody who only reads where others log in.

    Attributes:
        status: of HTTP: 405 where a login stands, 403 or, in old versions, 400 where none does; 0 without an answer.
    """

    status: int = 0
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class ReadLoginPath(Question[LoginPathAnswer]):
    """Asks whether Vault has a login at a mount: a login cannot be read, which Vault says only where one is."""

    answers_with: ClassVar[type] = LoginPathAnswer
    vantage: ClassVar[Vantage] = Vantage.TUNNEL

    address: str
    mount: str
    namespace: str = ""
    through: PodPort | None = None

    @property
    def command(self) -> str:
        """The same by curl."""
        return f"curl -si {self.address}/v1/{self.mount}/login"


class PostgresAnswer(msgspec.Struct, frozen=True):
    """How far a login without a password got: a server that asks for one is there.

    Attributes:
        code: SQLSTATE of a refusal, or "".
    """

    answered: Answered
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class AskPostgres(Question[PostgresAnswer]):
    """Asks whether PostgreSQL, or its pooler, answers up to the request for a password."""

    answers_with: ClassVar[type] = PostgresAnswer
    vantage: ClassVar[Vantage] = Vantage.TUNNEL

    host: str
    port: int
    database: str
    user: str
    through: PodPort | None = None

    @property
    def command(self) -> str:
        """The same by psql."""
        return f"psql --no-password --host {self.host} --port {self.port} --username {self.user} {self.database}"


@dataclass(frozen=True, kw_only=True)
class LookAtDatabase(Question[DatabaseLook]):
    """Asks the database what it says of itself, by the operator's own login (`--db-dsn`), which the source alone knows.

    Attributes:
        host, port, database: the worker's, where the login names no other.
        tables, role, reader: what is asked about; `reader` is the role whose rights count.
    """

    answers_with: ClassVar[type] = DatabaseLook
    vantage: ClassVar[Vantage] = Vantage.TUNNEL

    host: str
    port: int
    database: str
    tables: tuple[str, ...] = ()
    role: str = ""
    reader: str = ""
    through: PodPort | None = None

    def as_key(self) -> dict[str, object]:
        """The question without what a later day may ask besides."""
        return {name: value for name, value in super().as_key().items() if name != "tables"}
