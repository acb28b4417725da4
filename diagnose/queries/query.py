"""What a query is, and how a query that gets no answer is reported."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from diagnose.commands.command import NONE, Command
from diagnose.model.report import Vantage
from diagnose.queries.rights import FORWARD, Rights
from diagnose.text.decoding import from_plain

A = TypeVar("A")


class NoAnswerError(Exception):
    """A query got no answer: forbidden, unreachable, timed out, no tool. Never the answer "it is broken"."""


class NotFoundError(NoAnswerError):
    """The object of the query does not exist, which is an answer to some checks."""


class ForbiddenError(NoAnswerError):
    """The right for the query is missing; the message says which."""


class SkippedError(NoAnswerError):
    """A query that the user asked not to run (`--no-exec`)."""


class NotRecordedError(NoAnswerError):
    """A replay runs a query of a type that the recorded run did not know."""


@dataclass(frozen=True, kw_only=True)
class Query(ABC, Generic[A]):
    """One query; equal queries run once in a run. The method of a source that `answers` its type runs it.

    Attributes:
        answer_type: the type of its answer.
        vantage: where it runs from.
        timeout_s: how long an answer may take, in seconds; the run's own deadline cuts it short.
    """

    answer_type: ClassVar[type]
    vantage: ClassVar[Vantage] = Vantage.OPERATOR
    timeout_s: ClassVar[float] = 10.0

    @property
    def command(self) -> Command:
        """A command that runs the same by hand, or NONE."""
        return NONE

    @property
    @abstractmethod
    def rights(self) -> Rights:
        """The rights on the Kubernetes API that it takes."""

    def decode(self, plain: object) -> A:
        """Returns an answer of plain data in the query's own type."""
        answer: A = from_plain(plain, self.answer_type)
        return answer

    def as_key(self) -> dict[str, object]:
        """Returns the query as plain data, by which a recording finds the answer."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {"query": type(self).__name__, **named}


@dataclass(frozen=True, kw_only=True)
class PodPort:
    """A port of a pod, by which a port-forward bypasses Services and DNS."""

    namespace: str
    pod: str
    port: int


@dataclass(frozen=True, kw_only=True)
class ServerQuery(Query[A]):
    """A query to a server that the worker uses; with `through`, by a port-forward to one of its pods."""

    vantage: ClassVar[Vantage] = Vantage.TUNNEL

    through: PodPort | None = None

    @property
    def rights(self) -> Rights:
        """The right to forward a port, where it uses a port-forward."""
        return ((FORWARD, self.through.namespace),) if self.through else ()


class Answered(StrEnum):
    """Whether a dependency answered at all."""

    YES = "yes"
    REFUSED = "refused"
    NO = "no"
