"""The gateway to the outside: each query runs once, in time, and is counted, redacted and recorded on request."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import lru_cache
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
    """Answers questions; raises NoAnswerError where it cannot."""

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """Returns the answer, of the query's type, within the time (seconds)."""
        ...


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A query with its answer, as plain data."""

    query: dict[str, object]
    answer: object = None
    error: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """A query of a run with its answer or its error."""

    query: Query[Any]
    answer: object = None
    error: NoAnswerError | None = None


@dataclass
class Gateway:
    """Runs queries for all checks of a run.

    Attributes:
        source: the source of the answers.
        ends_at: the run's deadline on the monotonic clock.
        counter: the counters of requests.
    """

    source: Source
    ends_at: float
    counter: Counter = dataclass_field(default_factory=Counter)
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = dataclass_field(default_factory=threading.Lock)
    _queries: dict[str, tuple[Query[Any], Future[object]]] = dataclass_field(default_factory=dict)
    _exchanges: dict[str, Exchange] = dataclass_field(default_factory=dict)

    def query(self, query: Query[A]) -> A:
        """Runs a query; the same query runs once, however many checks need it.

        Raises:
            NoAnswerError: there is no answer; the message has the reason.
        """
        key = key_of(query)
        with self._lock:
            mine = key not in self._queries
            _, future = self._queries.setdefault(key, (query, Future()))
        if mine:
            self._fetch(query, key, future)
        try:
            return cast(A, future.result(timeout=max(self._remaining(), 0.01) + 1))
        except TimeoutError:
            raise NoAnswerError(f"no answer before the run's deadline: {query.command or key}") from None

    @property
    def usage(self) -> Usage:
        """Returns the counts so far."""
        return self.counter.usage

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Returns all queries so far with their redacted answers, in a stable order."""
        with self._lock:
            return tuple(self._exchanges[key] for key in sorted(self._exchanges))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Returns all finished queries with what checks received, in a stable order."""
        with self._lock:
            queried = [self._queries[key] for key in sorted(self._exchanges)]
        # The future of a query in the exchanges is done, and its error is a NoAnswerError.
        return tuple(
            Answer(query, error=cast(NoAnswerError, future.exception()))
            if future.exception()
            else Answer(query, answer=future.result())
            for query, future in queried
        )

    def _remaining(self) -> float:
        return self.ends_at - self.clock()

    def _fetch(self, query: Query[Any], key: str, future: Future[object]) -> None:
        try:
            allowed = min(query.timeout_s, self._remaining())
            if allowed <= 0:
                raise NoAnswerError("the run's deadline was reached before this query")
            plain = redaction.clean(self.source.answer(query, allowed))
            exchange = Exchange(query.as_key(), answer=plain)
            future.set_result(query.decode(plain))
        except NoAnswerError as error:
            error_ = type(error)(redaction.text(str(error)))
            exchange = Exchange(query.as_key(), error=type(error).__name__, reason=str(error_))
            future.set_exception(error_)
        except BaseException as error:
            future.set_exception(error)
            raise
        with self._lock:
            self._exchanges[key] = exchange


@lru_cache(maxsize=4096)
def key_of(query: Query[Any]) -> str:
    """Returns the same text for equal queries."""
    # Through plain data, because only mappings are sorted, and a recording has nothing else.
    return msgspec.json.encode(msgspec.to_builtins(query.as_key()), order="deterministic").decode()
