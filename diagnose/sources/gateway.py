"""The gateway to the outside: each query runs once, in time, and is counted, redacted and recorded on request."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

import msgspec

from diagnose.model.report import Usage
from diagnose.queries.kubernetes import Listing, ListObjects, LogText
from diagnose.queries.query import (
    ExpiredError,
    FailingServerError,
    ForbiddenError,
    NoAnswerError,
    NoProgramError,
    NotFoundError,
    NotLoggedInError,
    NotRecordedError,
    Query,
    SkippedError,
    UnreachableError,
    UntrustedServerError,
)
from diagnose.sources.usage import Counter
from diagnose.text import redaction
from diagnose.text.decoding import from_json
from diagnose.text.faults import described, environment
from diagnose.text.sentences import truncate

A = TypeVar("A")

GRACE_S, RESERVE_S, SLICE_S = 0.3, 0.5, 0.1
"""How long a source may exceed its time, and how often a waiting caller checks for the end of the run."""
MAX_REASON = 600
"""The maximum number of characters of a reason, which may quote a server's whole message."""

ERRORS: dict[str, type[NoAnswerError]] = {
    kind.__name__: kind
    for kind in (
        NoAnswerError,
        NotFoundError,
        ForbiddenError,
        UnreachableError,
        UntrustedServerError,
        FailingServerError,
        NotLoggedInError,
        NoProgramError,
        SkippedError,
        NotRecordedError,
    )
}


class Source(Protocol):
    """Answers questions; raises NoAnswerError where it cannot."""

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """Returns the answer, of the query's type, within the time (seconds); of a list also its pages."""
        ...


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A query with its answer as JSON, which takes much less memory than plain data."""

    query: dict[str, object]
    answer: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    reason: str = ""

    @property
    def plain(self) -> Any:
        """The answer as plain data, None where there is an error."""
        return None if self.error else from_json(self.answer, object)

    def as_plain(self) -> dict[str, Any]:
        """Returns the exchange as plain data."""
        return {"query": self.query, "answer": self.plain, "reason": self.reason}


class Answer(msgspec.Struct, frozen=True):
    """A query of a run with its answer or its error."""

    query: Query[Any]
    answer: object = None
    error: NoAnswerError | None = None


class _Running(msgspec.Struct):
    """A query of the run with its answer to come, its time limit, and the time after which nobody waits for it.

    Attributes:
        awaited: whether a check waits for it; what was only begun is no part of the run.
    """

    query: Query[Any]
    allowed_s: float
    until: float
    future: Future[object] = msgspec.field(default_factory=Future)
    awaited: bool = False


class Gateway(msgspec.Struct):
    """Runs queries for all checks of a run, each in its own thread, so that no source can delay the end of the run.

    Attributes:
        source: the source of the answers.
        ends_at: the run's deadline on the monotonic clock.
        counter: the counters of requests.
        stop: ends the run when it is set; all queries without an answer then have none.
    """

    source: Source
    ends_at: float
    counter: Counter = msgspec.field(default_factory=Counter)
    clock: Callable[[], float] = time.monotonic
    stop: threading.Event = msgspec.field(default_factory=threading.Event)
    # Whether the cluster has answered, and why it has not: then it is not contacted again.
    _reached: bool = False
    _unreached: NoAnswerError | None = None
    _lock: threading.Lock = msgspec.field(default_factory=threading.Lock)
    _queries: dict[str, _Running] = msgspec.field(default_factory=dict)

    def query(self, query: Query[A]) -> A:
        """Runs a query; the same query runs once, however many checks need it.

        Raises:
            NoAnswerError: there is no answer; the message has the reason.
        """
        running = self._begun(query, awaited=True)
        while not running.future.done():
            with suppress(TimeoutError):
                running.future.exception(timeout=SLICE_S)
            if self.stop.is_set():
                self._end(running, error=NoAnswerError("the run was interrupted"))
            elif self.clock() > running.until:
                self._end(running, error=NoAnswerError(f"{query.what}: no answer within {running.allowed_s:.0f} s"))
        return cast(A, running.future.result())

    def begin(self, query: Query[Any]) -> None:
        """Starts a query that will probably be run, so that its answer is there sooner."""
        self._begun(query, awaited=False)

    @property
    def usage(self) -> Usage:
        """Returns the counts so far."""
        return self.counter.usage

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Returns all queries so far with their redacted answers, in a stable order."""
        return tuple(
            Exchange(each.query.as_key(), error=type(each.error).__name__, reason=str(each.error))
            if each.error
            else Exchange(each.query.as_key(), answer=msgspec.Raw(msgspec.json.encode(each.answer)))
            for each in self.answers
        )

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Returns all finished queries with what checks received, in a stable order."""
        with self._lock:
            ended = [(key, each) for key, each in self._queries.items() if each.awaited and each.future.done()]
        # The error of a query is a NoAnswerError.
        return tuple(
            Answer(each.query, error=cast(NoAnswerError, each.future.exception()))
            if each.future.exception()
            else Answer(each.query, answer=each.future.result())
            for _, each in sorted(ended, key=lambda item: item[0])
        )

    def _begun(self, query: Query[Any], *, awaited: bool) -> _Running:
        key = key_of(query)
        with self._lock:
            running = self._queries.get(key)
            if is_first := running is None:
                now = self.clock()
                allowed_s = min(query.timeout_s, _before(self.ends_at - now))
                running = _Running(query, allowed_s, now + allowed_s + GRACE_S)
                self._queries[key] = running
            running.awaited = running.awaited or awaited
        if is_first:
            self._start(running)
        return running

    def _start(self, running: _Running) -> None:
        if self.stop.is_set():
            self._end(running, error=NoAnswerError("the run was interrupted"))
        elif self._unreached and running.query.rights:
            self._end(running, error=self._unreached)
        elif running.allowed_s <= 0:
            self._end(running, error=NoAnswerError("the run's deadline was reached before this query"))
        else:
            try:
                # A daemon, because a source that hangs must not keep the process alive.
                threading.Thread(target=self._fetch, args=(running,), daemon=True).start()
            except (RuntimeError, MemoryError) as error:
                self._end(running, error=NoAnswerError(f"{running.query.what}: {described(error)}"))

    def _fetch(self, running: _Running) -> None:
        try:
            self._end(running, answer=self._received(running))
        except NoAnswerError as error:
            self._end(running, error=error)
        except Exception as error:  # noqa: BLE001 - it must cost this query only
            why = environment(error) or f"diagnose itself failed, {described(error)}"
            self._end(running, error=NoAnswerError(f"{running.query.what}: {why}"))

    def _received(self, running: _Running) -> object:
        """Returns the redacted answer; a list that expired between its pages is read once more."""
        query = running.query
        try:
            try:
                return _cleaned(query, self.source.answer(query, running.allowed_s))
            except ExpiredError:
                return _cleaned(query, self.source.answer(query, running.until - GRACE_S - self.clock()))
        except msgspec.DecodeError as error:
            raise NoAnswerError(f"{query.what}: no valid answer: {error}") from error

    def _end(self, running: _Running, *, answer: object = None, error: NoAnswerError | None = None) -> None:
        """Sets the answer or the error of a query, of which the first one counts."""
        if error:
            kind = next(each for each in type(error).__mro__ if each in ERRORS.values())
            error = kind(truncate(redaction.text(str(error)), MAX_REASON))
        with self._lock:
            if running.future.done():
                return
            running.future.set_exception(error) if error else running.future.set_result(answer)
            if running.query.rights:
                self._reached = self._reached or not isinstance(error, UnreachableError | NotLoggedInError)
                self._unreached = None if self._reached else error


def _cleaned(query: Query[A], answer: object) -> object:
    """Returns an answer with every text redacted, a list ordered by name, whatever the server's order.

    Raises:
        NoAnswerError: it says that there is none.
    """
    if isinstance(answer, LogText) and answer.is_discarded:
        raise NoAnswerError(f"{query.what}: {answer.lines[0].text}")
    if not isinstance(query, ListObjects):
        return redaction.cleaned(answer)
    pages = [answer] if isinstance(answer, Listing) else cast(Iterable[Listing[Any]], answer)
    # One page after the other, as they come.
    clean = [redaction.cleaned(each) for each in pages]
    items = (item for each in clean for item in each.items)
    ordered = sorted(items, key=lambda each: (each.metadata.namespace, each.name))
    return Listing(tuple(ordered), tuple(text for each in clean for text in each.damaged))


def _before(remaining_s: float) -> float:
    """Returns a little less than the remaining time of the run, so that its report has the reason of a late query."""
    return remaining_s - min(RESERVE_S, remaining_s / 10)


@lru_cache(maxsize=4096)
def key_of(query: Query[Any]) -> str:
    """Returns the same text for equal queries."""
    # Through plain data, because only mappings are sorted, and a recording has nothing else.
    return msgspec.json.encode(msgspec.to_builtins(query.as_key()), order="deterministic").decode()
