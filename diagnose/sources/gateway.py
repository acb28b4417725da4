"""The one way to the outside: each question once, in time, counted, redacted, and recorded on request."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Protocol, TypeVar, cast

import msgspec

from diagnose.model.report import Usage
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError, NotRecordedError, Query, SkippedError
from diagnose.sources.usage import Counter
from diagnose.text import redaction

A = TypeVar("A")

ERRORS: dict[str, type[NoAnswerError]] = {
    kind.__name__: kind for kind in (NoAnswerError, NotFoundError, ForbiddenError, SkippedError, NotRecordedError)
}


class Source(Protocol):
    """Answers questions; raises CannotLookError where it cannot."""

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """The answer, of the question's own type, within the time given (seconds)."""
        ...


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question with what came back, as plain data."""

    query: dict[str, object]
    answer: object = None
    error: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """One question of a run with the answer that was given, or with why there is none."""

    query: Query[Any]
    answer: object = None
    error: NoAnswerError | None = None


@dataclass
class Gateway:
    """Asks a source on behalf of all checks of a run.

    Attributes:
        source: who answers.
        ends_at: the run's deadline on the monotonic clock.
        counter: what was asked of the world.
    """

    source: Source
    ends_at: float
    counter: Counter = dataclass_field(default_factory=Counter)
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = dataclass_field(default_factory=threading.Lock)
    _asked: dict[str, tuple[Query[Any], Future[object]]] = dataclass_field(default_factory=dict)
    _exchanges: dict[str, Exchange] = dataclass_field(default_factory=dict)

    def query(self, query: Query[A]) -> A:
        """The answer to a question; the same question is asked once, however many want to know.

        Raises:
            CannotLookError: there is no answer; the message says why.
        """
        key = key_of(query)
        with self._lock:
            mine = key not in self._asked
            _, future = self._asked.setdefault(key, (query, Future()))
        if mine:
            self._fetch(query, key, future)
        try:
            return cast(A, future.result(timeout=max(self._remaining(), 0.01) + 1))
        except TimeoutError:
            raise NoAnswerError(f"no answer before the run's deadline: {query.command or key}") from None

    @property
    def usage(self) -> Usage:
        """What was asked so far."""
        return self.counter.usage

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All questions so far with their redacted answers, in a stable order."""
        with self._lock:
            return tuple(self._exchanges[key] for key in sorted(self._exchanges))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All questions answered so far with what checks were told, in a stable order; nothing is asked for it."""
        with self._lock:
            asked = [self._asked[key] for key in sorted(self._exchanges)]
        # Of a question that is in the exchanges the future is done, and its error one of not being able to look.
        return tuple(
            Answer(query, error=cast(NoAnswerError, future.exception()))
            if future.exception()
            else Answer(query, answer=future.result())
            for query, future in asked
        )

    def _remaining(self) -> float:
        return self.ends_at - self.clock()

    def _fetch(self, query: Query[Any], key: str, future: Future[object]) -> None:
        try:
            allowed = min(query.timeout_s, self._remaining())
            if allowed <= 0:
                raise NoAnswerError("the run's deadline was reached before this could be asked")
            plain = clean(msgspec.to_builtins(self.source.answer(query, allowed)))
            exchange = Exchange(query.as_key(), answer=plain)
            future.set_result(query.decode(plain))
        except NoAnswerError as error:
            told = type(error)(redaction.text(str(error)))
            exchange = Exchange(query.as_key(), error=type(error).__name__, reason=str(told))
            future.set_exception(told)
        except BaseException as error:
            future.set_exception(error)
            raise
        with self._lock:
            self._exchanges[key] = exchange


def key_of(query: Query[Any]) -> str:
    """The same text for equal questions."""
    # By way of plain data, because only mappings are put in order, and a recording has nothing else.
    return msgspec.json.encode(msgspec.to_builtins(query.as_key()), order="deterministic").decode()


def clean(plain: Any) -> Any:
    """The same plain data with every text redacted, values of secret variables by their names."""
    match plain:
        case str():
            return redaction.text(plain)
        case {"name": str(name), "value": str(value), **rest} if len(plain) <= 3:
            return {"name": redaction.text(name), "value": redaction.mask_value(name, value), **clean(rest)}
        case dict():
            return {key: clean(value) for key, value in plain.items()}
        case list() | tuple():
            return [clean(item) for item in plain]
        case _:
            return plain
