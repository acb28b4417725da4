"""What a run has asked so far, by kind and place; a timeline is made of that alone and asks nothing more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from diagnose.queries.helm import HelmHistory
from diagnose.queries.kubernetes import ListObjects, LogText, ReadLog
from diagnose.queries.query import NoAnswerError, NotFoundError, SkippedError
from diagnose.resources import Event, Object, Pod, ReplicaSet
from diagnose.sources.gateway import Answer

T = TypeVar("T", bound=Object)

_EXPECTED = (Event, Pod, ReplicaSet)
_REASONS = 12


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The answers of a run.

    Attributes:
        lists: whole lists, by plural and namespace.
        logs: logs that were read.
        history: Helm's records, None where they were not read.
        unseen: what could not be looked at, in words.
    """

    lists: Mapping[tuple[str, str], tuple[Object, ...]] = field(default_factory=dict)
    logs: tuple[tuple[ReadLog, LogText], ...] = ()
    history: HelmHistory | None = None
    inaccessible: tuple[str, ...] = ()

    def of(self, kind: type[T], namespace: str = "") -> tuple[T, ...]:
        """The objects of a kind in a namespace; none where they were not asked for."""
        return cast(tuple[T, ...], self.lists.get((kind.plural, namespace), ()))

    def all_of(self, kind: type[T]) -> Iterable[T]:
        """The objects of a kind, wherever they were asked for."""
        for plural, namespace in self.lists:
            if plural == kind.plural:
                yield from self.of(kind, namespace)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where something was asked for."""
        return tuple(dict.fromkeys(namespace for _, namespace in self.lists if namespace))


def seen(answers: Iterable[Answer], namespace: str) -> Seen:
    """What a run knows, and what of the target's namespace it does not."""
    lists: dict[tuple[str, str], tuple[Object, ...]] = {}
    logs: list[tuple[ReadLog, LogText]] = []
    history: HelmHistory | None = None
    inaccessible: dict[str, None] = {}
    for each in answers:
        query, answer = each.query, each.answer
        if each.error:
            if told := _unseen(query, each.error):
                inaccessible[told] = None
        elif isinstance(query, ListObjects) and not query.selector and not query.fields:
            lists[query.plural, query.namespace] = answer.items  # type: ignore[attr-defined]
        elif isinstance(query, ReadLog) and isinstance(answer, LogText):
            logs.append((query, answer))
        elif isinstance(answer, HelmHistory):
            history = answer
    for kind in _EXPECTED:
        told = f"{kind.plural} in namespace {namespace}"
        if (kind.plural, namespace) not in lists and not any(each.startswith(told) for each in inaccessible):
            inaccessible[f"{told} were not asked for in this run"] = None
    reasons = tuple(inaccessible)
    shown = (*reasons[:_REASONS], *((f"… and {len(reasons) - _REASONS} more",) if len(reasons) > _REASONS else ()))
    return Seen(lists=lists, logs=tuple(logs), history=history, inaccessible=shown)


def _unseen(query: object, error: NoAnswerError) -> str:
    """What is missing now, in words; "" for what does not exist, is left out on purpose, or tells nothing of times."""
    if isinstance(error, NotFoundError | SkippedError):
        return ""
    if isinstance(query, ListObjects):
        where = f" in namespace {query.namespace}" if query.namespace else ""
        return f"{query.plural}{where} could not be listed: {error}"
    if isinstance(query, ReadLog):
        # The run before is asked for wherever a container was started anew, and is often gone.
        return "" if query.previous else f"the log of {query.container} in pod {query.pod} could not be read"
    return ""
