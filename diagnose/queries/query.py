"""The base class of queries, and the errors of queries without an answer."""

from abc import abstractmethod
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from diagnose.commands.command import NONE, Command
from diagnose.model.report import Vantage
from diagnose.queries.rights import FORWARD, Rights
from diagnose.text.patterns import lazy

A = TypeVar("A")

_CAPITAL = lazy("[A-Z]")


class NoAnswerError(Exception):
    """A query got no answer: forbidden, unreachable, timed out, no tool. It never means that the target is broken."""


class NotFoundError(NoAnswerError):
    """The object of the query does not exist, which is an answer to some checks."""


class ForbiddenError(NoAnswerError):
    """The right for the query is missing; the message names it."""


class UnreachableError(NoAnswerError):
    """The API server itself does not answer; the message names it, or the proxy before it."""


class UntrustedServerError(UnreachableError):
    """What answers at the address of the API server has a certificate that is not accepted; the message says why."""


class FailingServerError(NoAnswerError):
    """The API server answers with an error of its own, or too late; the message has the request and the error."""


class NotLoggedInError(NoAnswerError):
    """The API server does not accept the credentials, or there are none; the message has the reason."""


class NoProgramError(NoAnswerError):
    """The container has none of the programs that could answer, which is an answer to some checks."""


class ExpiredError(NoAnswerError):
    """The server no longer has the state that a part of the answer was of; the query may be run once more."""


class SkippedError(NoAnswerError):
    """A query that the user excluded (`--no-exec`)."""


class NotRecordedError(NoAnswerError):
    """A replay runs a query of a type that did not exist in the recorded run."""


class Query(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """One query; equal queries run once in a run, by the source's method that `answers` their type.

    Attributes:
        answer_type: the type of its answer.
        vantage: where it runs from.
        timeout_s: the maximum duration in seconds, within the deadline of the run.
        not_in_key: fields that are no part of its key, because older recordings lack them or have others.
    """

    answer_type: ClassVar[type]
    vantage: ClassVar[Vantage] = Vantage.OPERATOR
    timeout_s: ClassVar[float] = 10.0
    not_in_key: ClassVar[frozenset[str]] = frozenset()
    # Fields that recordings made before lack: they are in the key only where they are set.
    in_key_if_set: ClassVar[frozenset[str]] = frozenset()

    @property
    def what(self) -> str:
        """The query as a reason names it, such as "list pods in namespace msp"."""
        return _CAPITAL.sub(lambda found: f" {found[0].lower()}", type(self).__name__).strip()

    @property
    def command(self) -> Command:
        """A command that runs the same query by hand, or NONE."""
        return NONE

    @property
    @abstractmethod
    def rights(self) -> Rights:
        """The rights on the Kubernetes API that it needs."""

    @property
    def decoded_type(self) -> Any:
        """The type of its answer, with the parameters of a generic one."""
        return self.answer_type

    def as_key(self) -> dict[str, object]:
        """Returns the query as plain data, which is the key of its answer in a recording."""
        named = {each: getattr(self, each) for each in self.__struct_fields__ if each not in self.not_in_key}
        unset = {name for name in self.in_key_if_set if not named[name]}
        return {"query": type(self).__name__, **{name: each for name, each in named.items() if name not in unset}}


class PodPort(msgspec.Struct, frozen=True, kw_only=True):
    """A port of a pod, by which a port-forward bypasses Services and DNS."""

    namespace: str
    pod: str
    port: int


class ServerQuery(Query[A], frozen=True, kw_only=True):
    """A query to a server that the worker uses; with `through`, over a port-forward to one of its pods."""

    vantage: ClassVar[Vantage] = Vantage.TUNNEL

    through: PodPort | None = None

    @property
    def what(self) -> str:
        """The request, with the port-forward that it uses."""
        forwarded = f"port-forward to pod {self.through.pod}:{self.through.port}: " if self.through else ""
        return f"{forwarded}{super().what}"

    @property
    def rights(self) -> Rights:
        """The right to forward a port, where it uses a port-forward."""
        return ((FORWARD, self.through.namespace),) if self.through else ()


class AnswerState(StrEnum):
    """Whether a dependency answered."""

    YES = "yes"
    REFUSED = "refused"
    NO = "no"
