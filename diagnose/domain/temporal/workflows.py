"""Evaluates executions: which types fail now, what share of all fails, and why some are stuck."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

import msgspec
from msgspec.structs import replace

from diagnose.check.api import grouped
from diagnose.domain.temporal.who_fails import WorkerSplit, worker_split
from diagnose.queries.workflow_executions import EndedExecution, ExecutionCount, Executions, StuckExecution
from diagnose.target.target import Target
from diagnose.text.patterns import lazy

LATELY = timedelta(minutes=5)
WINDOWS = (10.0, 2.0)
# So long without a success is no transient problem.
PERSISTENT = timedelta(minutes=4)
AT_LEAST = 5
NEWEST, FAILED_OF_NEWEST = 10, 3
RUN = 3
PATIENCE = 5
# A workflow that may run for so short a time is ended also where everything works.
SHORT_S = 60.0

# Errors of a dependency: its own checks report them, and they may be outdated.
_DEPENDENCY = lazy(
    r"Knex|E(?:CONN|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|PIPE)|SASL|server_login|pgbouncer|connection|"
    r"password authentication|the database system|read-only|canceling statement|permission denied for |"
    r"(?:relation|column|database|role|schema) \\?\"?[\w.$-]{1,130}\\?\"?(?: of relation \S{1,130})? does not exist|"
    r"[Tt]imeout|took longer",
)


class Standstill(StrEnum):
    """Why an execution is stuck."""

    NOT_REGISTERED = "workflow-not-registered"
    NONDETERMINISTIC = "workflow-nondeterministic"
    BLOCKS = "workflow-blocks"
    SEARCH_ATTRIBUTE = "search-attribute-missing"
    UNDECODABLE = "payload-undecodable"
    COMMAND_REJECTED = "workflow-command-rejected"
    LIMIT_EXCEEDED = "workflow-limit-exceeded"
    TASK_FAILS = "workflow-task-failing"
    ACTIVITY_NOT_REGISTERED = "activity-not-registered"
    ACTIVITY_FAILS = "activity-failing"


# An encoding that the data converter does not have, or a codec that cannot decrypt, as the SDKs report it.
_UNDECODABLE = lazy(
    r"(?i)(?:unknown|unsupported|unrecogni[sz]ed)(?: payload)? encoding\b|payload encoding is not supported|"
    r"no PayloadConverter is registered for an encoding|unable to authenticate data|bad decrypt|\bInvalidTag\b|"
    r"message authentication failed|AEADBadTagException|decryption (?:failed|error)|failed to decrypt"
)
# How the server's names of the causes of failed tasks end; a command that it rejects is one of the workflow's code.
_CAUSES = {
    "NON_DETERMINISTIC_ERROR": Standstill.NONDETERMINISTIC,
    "_LIMIT_EXCEEDED": Standstill.LIMIT_EXCEEDED,
    "_TOO_LARGE": Standstill.LIMIT_EXCEEDED,
    "_INPUT_SIZE": Standstill.LIMIT_EXCEEDED,
    "_ATTRIBUTES": Standstill.COMMAND_REJECTED,
    "_MESSAGE": Standstill.COMMAND_REJECTED,
    "_DUPLICATE_ID": Standstill.COMMAND_REJECTED,
    "FEATURE_DISABLED": Standstill.COMMAND_REJECTED,
}
# The server ends such a task by itself and schedules another one.
_REPEATED = frozenset(
    {
        "UNHANDLED_COMMAND",
        "UNHANDLED_UPDATE",
        "RESET_STICKY_TASK_QUEUE",
        "FORCE_CLOSE_COMMAND",
        "FAILOVER_CLOSE_COMMAND",
        "RESET_WORKFLOW",
        "WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED",
    }
)
_TASKS = (
    (
        lazy(
            r"no such function is exported by the workflow bundle|(?i:unable to find|unknown) workflow type\b|"
            r"(?i:workflow (?:class|type) \"?[\w.:$-]{1,200}+\"? is not registered)"
        ),
        Standstill.NOT_REGISTERED,
    ),
    (lazy(r"TMPRL1100|[Nn]on-?[Dd]eterminis(?:m|tic)"), Standstill.NONDETERMINISTIC),
    (lazy(r"Script execution timed out|TMPRL1101"), Standstill.BLOCKS),
    (_UNDECODABLE, Standstill.UNDECODABLE),
)
_NO_ATTRIBUTE = lazy(
    r"(?i)no mapping defined for search attribute \"?(?P<name>[\w.-]{1,200}+)|"
    r"search attribute \"?(?P<name2>[\w.-]{1,200}+)\"? is not (?:defined|registered)"
)
_ENCODING = lazy(r"\b(?P<name>(?:binary|json|text|application)/[\w.+-]{1,60}+)")
# The server ends an attempt so: each took the whole time that it has, which no transient fault does again and again.
_ACTIVITY_ENDED = lazy(r"(?i)\Aactivity (?P<limit>StartToClose|Heartbeat) timeout\Z")
TIMED_OUT = 3
_ACTIVITY_UNKNOWN = lazy(r"(?i)is not registered (?:on this|with a) worker|unable to find activityType")


class FailingType(msgspec.Struct, frozen=True, kw_only=True):
    """A type of workflow whose executions fail now.

    Attributes:
        others: how many executions of other types and queues there are, 0 where one of them failed, too.
        split: by what the workers differ on which they fail.
        allowed_s: the time after which the server ends each of them, 0 where they fail otherwise.
    """

    workflow: str
    queue: str
    failed: int
    total: int
    reason: str
    activity: str = ""
    others: int = 0
    split: WorkerSplit | None = None
    allowed_s: float = 0.0


def failing(
    ended: Iterable[EndedExecution], queues: Iterable[str], now: datetime, share: float, target: Target
) -> tuple[FailingType, ...]:
    """Returns the types of workflow of these queues of which more than this share fails now."""
    found: list[FailingType] = []
    groups = _by_type(ended, queues)
    results = [each.completed for group in groups.values() for each in group]
    for which, group in groups.items():
        split = worker_split(group, target)
        if _fails_now(group, now, share, split):
            one = _failing(*which, group)
            others = len(results) - one.total if results.count(False) == one.failed else 0
            found.append(replace(one, others=others, split=split))
    return tuple(found)


def failing_throughout(
    ended: Iterable[EndedExecution], queues: Iterable[str], now: datetime
) -> tuple[FailingType, ...]:
    """Returns the types of workflow of these queues whose latest executions have all failed."""
    return tuple(
        _failing(name, queue, failed)
        for (name, queue), group in _by_type(ended, queues).items()
        if len(failed := _unbroken(group)) >= RUN and _between(failed[0], now) <= LATELY
    )


def _by_type(ended: Iterable[EndedExecution], queues: Iterable[str]) -> dict[tuple[str, str], list[EndedExecution]]:
    """Returns the executions of these queues by type and queue, the latest first."""
    of_queues = set(queues)
    latest_first = sorted((each for each in ended if each.at), key=lambda each: str(each.at), reverse=True)
    return grouped(((each.workflow, each.queue), each) for each in latest_first if each.queue in of_queues)


def _failing(workflow: str, queue: str, group: list[EndedExecution]) -> FailingType:
    reason = _reason(group)
    return FailingType(
        workflow=workflow,
        queue=queue,
        failed=sum(not each.completed for each in group),
        total=len(group),
        reason=reason,
        activity=next((each.activity for each in group if each.reason == reason), ""),
        allowed_s=_allowed_s(group),
    )


def _allowed_s(group: list[EndedExecution]) -> float:
    """Returns the time after which the server ends all of the latest executions, if it is short; 0 for none.

    An outage lets those end that may run for long, too.
    """
    newest = [each.allowed_s for each in group[:NEWEST]]
    return max(newest) if len(newest) >= AT_LEAST and min(newest) > 0 and max(newest) <= SHORT_S else 0.0


def _reason(group: list[EndedExecution]) -> str:
    reasons = [each.reason for each in group if not each.completed and each.reason]
    return max(reasons, key=reasons.count, default="")


def _unbroken(group: list[EndedExecution]) -> list[EndedExecution]:
    """Returns the latest executions of a type, which have all failed."""
    return list(takewhile(lambda each: not each.completed, group))


def _fails_now(group: list[EndedExecution], now: datetime, share: float, split: WorkerSplit | None) -> bool:
    failed = [each for each in group if not each.completed]
    if not failed or _between(failed[0], now) > LATELY:
        return False
    unbroken = _unbroken(group)
    lasts = len(unbroken) >= RUN and _between(unbroken[-1], unbroken[0].at) >= PERSISTENT
    if _allowed_s(group):
        return True
    # A dependency that fails some workers alone is none that its own checks can be sure to find.
    if lasts or (_DEPENDENCY.search(_reason(group)) and not split):
        return lasts
    of_newest = sum(not each.completed for each in group[:NEWEST])
    return len(failed) >= AT_LEAST and of_newest >= FAILED_OF_NEWEST and len(failed) / len(group) > share


class FailureShare(msgspec.Struct, frozen=True, kw_only=True):
    """The share of failed workflows within some minutes, with the most frequent type."""

    failed: int
    total: int
    minutes: float
    most: EndedExecution
    reasons: tuple[EndedExecution, ...]


def excessive_failures(found: Executions, queues: Iterable[str], now: datetime, allowed: float) -> FailureShare | None:
    """Returns the share of workflows of these queues that fail now, where it is more than allowed.

    Failures by a dependency do not count: its own checks report them while they last.
    """
    of_queues = set(queues)
    long, short = found.counted if len(found.counted) == len(WINDOWS) else _counts(found.ended, of_queues, now)
    listed = [each for each in found.failures or found.ended if not each.completed and each.queue in of_queues]
    reasons = {each.workflow: each for each in reversed(listed) if each.reason}
    code = [each for each in listed if not _of_dependency(reasons.get(each.workflow))]
    part = len(code) / len(listed) if listed else 0.0
    now_too = any(_between(each, now) <= timedelta(minutes=short.minutes) for each in code)
    many = long.failed * part >= AT_LEAST and all(each.failed * part > allowed * each.total for each in (long, short))
    if not (many and now_too):
        return None
    (name, _), *_ = Counter(each.workflow for each in code).most_common()
    most = reasons.get(name) or next(each for each in code if each.workflow == name)
    text = tuple(each for each in reasons.values() if not _of_dependency(each))
    return FailureShare(
        failed=round(long.failed * part), total=long.total, minutes=long.minutes, most=most, reasons=text
    )


def _of_dependency(failed: EndedExecution | None) -> bool:
    return bool(failed and is_of_dependency(failed.reason))


def is_of_dependency(reason: str) -> bool:
    """Whether an error is that of a dependency, which has its own checks and may be outdated."""
    return bool(_DEPENDENCY.search(reason))


def _counts(
    ended: Iterable[EndedExecution], of_queues: set[str], now: datetime
) -> tuple[ExecutionCount, ExecutionCount]:
    """Returns the counts of listed executions, for a server that does not count."""
    listed = [each for each in ended if each.queue in of_queues]
    long, short = (
        [each for each in listed if _between(each, now) <= timedelta(minutes=minutes)] for minutes in WINDOWS
    )
    return (
        ExecutionCount(WINDOWS[0], len(long), sum(not each.completed for each in long)),
        ExecutionCount(WINDOWS[1], len(short), sum(not each.completed for each in short)),
    )


def _between(each: EndedExecution, later: datetime | None) -> timedelta:
    return later - each.at if each.at and later else timedelta()


def standstill(stuck: StuckExecution) -> Standstill | None:
    """Returns why an execution is stuck; None where that may be transient."""
    if stuck.activity:
        if _ACTIVITY_UNKNOWN.search(stuck.reason):
            return Standstill.ACTIVITY_NOT_REGISTERED
        if _UNDECODABLE.search(stuck.reason):
            return Standstill.UNDECODABLE
        if limit_of(stuck.reason):
            return Standstill.ACTIVITY_FAILS if stuck.attempt >= TIMED_OUT else None
        patience = 2 * PATIENCE if _DEPENDENCY.search(stuck.reason) else PATIENCE
        return Standstill.ACTIVITY_FAILS if stuck.attempt >= patience else None
    if stuck.cause in _REPEATED:
        return None
    if missing_attribute(stuck.reason):
        return Standstill.SEARCH_ATTRIBUTE
    by_cause = (what for end, what in _CAUSES.items() if stuck.cause.endswith(end))
    by_text = (what for pattern, what in _TASKS if pattern.search(stuck.reason))
    return next(iter((*by_cause, *by_text)), Standstill.TASK_FAILS)


def limit_of(reason: str) -> str:
    """Returns the timeout by which the server ended an attempt of an activity, as code names it; "" for none."""
    found = _ACTIVITY_ENDED.search(reason.strip())
    return {"starttoclose": "start-to-close", "heartbeat": "heartbeat"}[found["limit"].lower()] if found else ""


def missing_attribute(reason: str) -> str:
    """Returns the search attribute that a namespace does not have, by the server's message; "" for none."""
    found = _NO_ATTRIBUTE.search(reason)
    return (found["name"] or found["name2"]) if found else ""


def encoding_of(reason: str) -> str:
    """Returns the encoding of a payload that a message names, "" for none."""
    found = _ENCODING.search(reason)
    return found["name"] if found else ""
