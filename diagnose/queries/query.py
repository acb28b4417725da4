"""What a question is, and how "could not look" is said."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from diagnose.model.report import Vantage

A = TypeVar("A")


class NoAnswerError(Exception):
    """A question got no answer: forbidden, unreachable, timed out, no tool. Never the answer "it is broken"."""


class NotFoundError(NoAnswerError):
    """The object that was asked about does not exist, which some questions take for an answer."""


class ForbiddenError(NoAnswerError):
    """The right to ask is missing; the message says which."""


class SkippedError(NoAnswerError):
    """A question that the user asked not to be asked (`--no-exec`)."""


@dataclass(frozen=True, kw_only=True)
class Query(Generic[A]):
    """One question; equal questions are asked once a run.

    Attributes:
        answers_with: the type of its answer.
        vantage: where it is asked from.
        timeout_s: how long an answer may take, in seconds; the run's own deadline cuts it short.
    """

    answer_type: ClassVar[type]
    vantage: ClassVar[Vantage] = Vantage.OPERATOR
    timeout_s: ClassVar[float] = 10.0

    @property
    def command(self) -> str:
        """A command by which a person could ask the same, or ""."""
        return ""

    def as_key(self) -> dict[str, object]:
        """The question as plain data, by which a recording finds the answer."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {"query": type(self).__name__, **named}


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
