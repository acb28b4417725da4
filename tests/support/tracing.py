"""What checks ask: by the code that they can reach, and by what they asked when recordings were replayed."""

import functools
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from diagnose.check.api import Check, Context, RunData, SurveyResult
from diagnose.cli.assembly import prepare
from diagnose.engine import diagnosis
from diagnose.logs.signatures import ContainerLog, Match
from diagnose.model.report import Report
from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.kubernetes import ListObjects, ReadLog
from diagnose.queries.query import NoAnswerError, PodPort, Query, ServerQuery
from diagnose.queries.rights import Right, to_list
from diagnose.rbac.namespaces import Namespaces, of_target, webhooks
from diagnose.resources import Object, Workload
from diagnose.sources.gateway import Source
from diagnose.target.request import Request
from diagnose.target.target import Target

A = TypeVar("A")
Asked = dict[str, set[tuple[Right, str]]]
# What of the world needs logs, and what a look inside.
OF_LOGS = {"logs", "logged", "matches", "log_problems", "signature_findings"}
OF_PODS = {"surveys", "survey_problems"}
# Questions of the same right as another one that a check may name.
SAMPLES: dict[str, Query[Any]] = {
    "log": ReadLog(namespace="", pod="", container=""),
    "survey": ExecSurvey(namespace="", pod="", container=""),
}


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """A recording, replayed: its report, what each check asked, and where its target's scopes are.

    Attributes:
        target: None where there was none.
        taken: all that was asked, before checks and by them.
    """

    report: Report
    target: Target | None
    asked: Asked
    taken: set[tuple[Right, str]]
    namespaces: Namespaces


@cache
def replay(path: Path) -> Replayed:
    """The recording's examination; each is run once, however many tests want it."""
    asked: Asked = {}
    targets: list[Target] = []

    class Traced(Context, kw_only=True):
        def __post_init__(self) -> None:
            targets.append(self.target)
            self.run_data = _Tracing(self.run_data, self.target, asked.setdefault(self.check.id, set()))

    examination = prepare(Request(replay=path))
    engine = _Taking(examination.gateway.source)
    examination.gateway.source = engine
    with patch.object(diagnosis, "Context", Traced):
        report = examination.run(threading.Event())
    target = targets[0] if targets else None
    namespaces = of_target(target, webhooks(examination.gateway)) if target else {}
    return Replayed(report=report, target=target, asked=asked, taken=engine.taken, namespaces=namespaces)


class _Taking:
    """A source that keeps which rights its questions take."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.taken: set[tuple[Right, str]] = set()

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        self.taken.update(query.rights)
        return self._source.answer(query, timeout_s)


class _Tracing:
    """A world that keeps what is asked of it; what checks share counts for each of them."""

    def __init__(self, run_data: RunData, target: Target, asked: set[tuple[Right, str]]) -> None:
        self._world, self._own, self._asked = run_data, target.namespace, asked

    def query(self, query: Query[A]) -> A:
        self._asked.update(query.rights)
        return self._world.query(query)

    def begin(self, query: Query[Any]) -> None:
        self._asked.update(query.rights)
        self._world.begin(query)

    def matches(self) -> tuple[Match, ...]:
        self._shared("log")
        return self._world.matches()

    def logs(self) -> tuple[ContainerLog, ...]:
        self._shared("log")
        return self._world.logs()

    def log_problems(self) -> tuple[str, ...]:
        self._shared("log")
        return self._world.log_problems()

    def surveys(self) -> tuple[SurveyResult, ...]:
        self._shared("survey")
        return self._world.surveys()

    def survey_problems(self) -> tuple[NoAnswerError, ...]:
        self._shared("survey")
        return self._world.survey_problems()

    def survey_remarks(self) -> tuple[str, ...]:
        self._shared("survey")
        return self._world.survey_remarks()

    def once(self, name: str, make: Callable[[], A]) -> A:
        return self._world.once(name, make)

    def _shared(self, what: str) -> None:
        self._asked.update((right, self._own) for right, _ in SAMPLES[what].rights)


def reachable(check: Check) -> set[Right]:
    """The rights of all questions that the code of a check can come to ask, by the names that its functions use."""
    found: set[Right] = set()
    _walk(check.run, set(), found)
    return found


def _walk(function: Any, seen: set[Any], found: set[Right]) -> None:
    if isinstance(function, functools.partial):
        function = function.func
    if not isinstance(function, types.FunctionType) or function in seen or not _is_asking(function.__module__):
        return
    seen.add(function)
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    for what, members in (("log", OF_LOGS), ("survey", OF_PODS)):
        if members & names - set(function.__globals__):
            found.update(right for right, _ in SAMPLES[what].rights)
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    for thing in _flat([*(function.__globals__[name] for name in names & set(function.__globals__)), *cells]):
        if isinstance(thing, type):
            found.update(_rights_of_type(thing))
        else:
            _walk(thing, seen, found)


def _is_asking(module: str) -> bool:
    """Whether a module may ask; the engine's own ways to the world are none of a check's."""
    below = ("diagnose.sources", "diagnose.cli")
    return module.partition(".")[0] in {"checks", "diagnose"} and not module.startswith(below)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _codes(each)


def _flat(things: Iterable[Any]) -> Iterator[Any]:
    for each in things:
        if isinstance(each, tuple | list):
            yield from _flat(each)
        elif isinstance(each, dict):
            yield from _flat(each.values())
        else:
            yield each


def _rights_of_type(kind: type) -> set[Right]:
    if issubclass(kind, Object) and kind not in {Object, Workload}:
        return {to_list(kind)}
    if not issubclass(kind, Query) or kind in {Query, ServerQuery, ListObjects}:
        return set()
    return {right for right, _ in blank(kind).rights}


def blank(kind: type[Query[Any]]) -> Query[Any]:
    """A question of a type about nothing, by way of a pod where it may go that way."""
    given: dict[str, object] = dict.fromkeys(kind.__struct_fields__, "")
    return kind(**given | ({"through": PodPort(namespace="", pod="", port=0)} if "through" in given else {}))
