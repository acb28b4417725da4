"""Sources for a gateway: one that a test fills, and one that refuses a part of what another one answers."""

from collections.abc import Callable
from typing import Any

from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError, Query
from diagnose.sources.gateway import Source
from tests.support.kit import FakeRunData


class FakeSource(FakeRunData):
    """A source that answers what a test gives it; kinds that it does not give are forbidden."""

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """Returns what the test gives for a query."""
        if isinstance(query, ListObjects) and query.plural not in {*self.kinds, *self.refused}:
            raise NoAnswerError(f"list {query.plural} is forbidden")
        return self.query(query)


class Refusing:
    """A source, such as a recording, of which some queries end with an error.

    Attributes:
        count: how many queries there were.
    """

    def __init__(self, source: Source, error: Callable[[Query[Any]], Exception | None] = lambda _: None) -> None:
        self.source, self.error, self.count = source, error, 0

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """Returns the answer of the other source, where the query is not refused."""
        self.count += 1
        if error := self.error(query):
            raise error
        return self.source.answer(query, timeout_s)
