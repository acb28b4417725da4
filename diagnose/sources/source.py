"""What a source is made of: methods that answer queries, each of one type."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from diagnose.queries.query import Query

Q = TypeVar("Q", bound=Query[Any])
A = TypeVar("A")
S = TypeVar("S")
Handler = Callable[[Any, float], object]

_MARK = "answers"


def answers(kind: type[Q]) -> Callable[[Callable[[S, Q, float], A]], Callable[[S, Q, float], A]]:
    """Marks the method of a source that answers queries of a type, within a time (seconds)."""

    def mark(method: Callable[[S, Q, float], A]) -> Callable[[S, Q, float], A]:
        setattr(method, _MARK, kind)
        return method

    return mark


def handlers(source: object) -> Iterator[tuple[type[Query[Any]], Handler]]:
    """Yields the types of queries that a source answers, each with its method."""
    for name, method in vars(type(source)).items():
        if kind := getattr(method, _MARK, None):
            yield kind, getattr(source, name)
