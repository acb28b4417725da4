"""The answers of a run by kind and namespace, which is all that a timeline is built from."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

import msgspec

from diagnose.queries.helm import HelmHistory
from diagnose.queries.kubernetes import ListObjects, LogText, ReadLog
from diagnose.queries.query import NoAnswerError, NotFoundError, SkippedError
from diagnose.resources import Event, Object, Pod, ReplicaSet
from diagnose.sources.gateway import Answer

T = TypeVar("T", bound=Object)

_EXPECTED = (Event, Pod, ReplicaSet)
_REASONS = 12


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of a run, as far as the timeline uses them.

    Attributes:
        lists: complete lists, by plural and namespace.
        logs: the logs that the run has read.
        history: the Helm release records, None where the run has not read them.
        inaccessible: what could not be read, as sentences for the report.
    """

    lists: Mapping[tuple[str, str], tuple[Object, ...]] = msgspec.field(default_factory=dict)
    logs: tuple[tuple[ReadLog, LogText], ...] = ()
    history: HelmHistory | None = None
    inaccessible: tuple[str, ...] = ()

    def of(self, kind: type[T], namespace: str = "") -> tuple[T, ...]:
        """Returns the objects of a kind in a namespace; none where the run has not listed them."""
        return cast(tuple[T, ...], self.lists.get((kind.plural, namespace), ()))

    def all_of(self, kind: type[T]) -> Iterable[T]:
        """Yields the objects of a kind in all namespaces that the run has listed."""
        for plural, namespace in self.lists:
            if plural == kind.plural:
                yield from self.of(kind, namespace)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the run has listed objects in."""
        return tuple(dict.fromkeys(namespace for _, namespace in self.lists if namespace))


def observations_of(answers: Iterable[Answer], namespace: str) -> Observations:
    """Returns what a run has read, and what of the target's namespace it could not read."""
    lists: dict[tuple[str, str], tuple[Object, ...]] = {}
    logs: list[tuple[ReadLog, LogText]] = []
    history: HelmHistory | None = None
    inaccessible: dict[str, None] = {}
    for each in answers:
        query, answer = each.query, each.answer
        if each.error:
            if message := _inaccessible(query, each.error):
                inaccessible[message] = None
        elif isinstance(query, ListObjects) and not query.selector and not query.fields:
            lists[query.plural, query.namespace] = answer.items  # type: ignore[attr-defined]
        elif isinstance(query, ReadLog) and isinstance(answer, LogText):
            logs.append((query, answer))
        elif isinstance(answer, HelmHistory):
            history = answer
    for kind in _EXPECTED:
        message = f"{kind.plural} in namespace {namespace}"
        if (kind.plural, namespace) not in lists and not any(each.startswith(message) for each in inaccessible):
            inaccessible[f"{message} were not queried in this run"] = None
    reasons = tuple(inaccessible)
    shown = (*reasons[:_REASONS], *((f"… and {len(reasons) - _REASONS} more",) if len(reasons) > _REASONS else ()))
    return Observations(lists=lists, logs=tuple(logs), history=history, inaccessible=shown)


def _inaccessible(query: object, error: NoAnswerError) -> str:
    """Returns what is missing, as a sentence; "" where it does not exist, was skipped, or has no times."""
    if isinstance(error, NotFoundError | SkippedError):
        return ""
    if isinstance(query, ListObjects):
        in_namespace = f" in namespace {query.namespace}" if query.namespace else ""
        return f"{query.plural}{in_namespace} could not be listed: {error}"
    if isinstance(query, ReadLog):
        # The previous log is queried for every restarted container and is often gone.
        return "" if query.previous else f"the log of {query.container} in pod {query.pod} could not be read"
    return ""
