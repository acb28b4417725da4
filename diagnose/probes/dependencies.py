"""Questions to Temporal, Vault and PostgreSQL themselves, asked directly or through a port-forward."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from diagnose.model import Vantage
from diagnose.probes.question import Question


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
    """Who polled a queue, and when last; the server remembers a poller for five minutes."""

    identity: str
    last_access: datetime | None = None


class Queue(msgspec.Struct, frozen=True):
    """A task queue of kind workflow, as the server describes it."""

    name: str
    pollers: tuple[Poller, ...] = ()
    backlog: int = 0
    error: str = ""


class TemporalAnswer(msgspec.Struct, frozen=True):
    """What a Temporal frontend says.

    Attributes:
        answered: whether something spoke gRPC there; `detail` says what went wrong otherwise.
        serving: the answer of its gRPC health service: "SERVING", "NOT_SERVING", ….
        namespace: "exists", "missing", or the error that describing it gave.
    """

    answered: Answered
    detail: str = ""
    serving: str = ""
    namespace: str = ""
    queues: tuple[Queue, ...] = ()
    version: str = ""


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
    """

    answered: Answered
    detail: str = ""
    initialized: bool = True
    sealed: bool = False
    standby: bool = False
    version: str = ""
    role_state: str = ""
    role: dict[str, tuple[str, ...]] = {}


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
