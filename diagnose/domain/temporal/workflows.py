"""Judges what became of workflows: which types fail now, what share of all, and why some stand still. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from diagnose.queries.workflow_executions import EndedExecution, ExecutionCount, Executions, StuckExecution

LATELY = timedelta(minutes=5)
WINDOWS = (10.0, 2.0)
# So long without one that succeeded is no passing trouble.
LASTING = timedelta(minutes=4)
AT_LEAST = 5
NEWEST, FAILED_OF_NEWEST = 10, 3
RUN = 3
PATIENCE = 5

# What a dependency's trouble says: checks of the dependency own it, and it may be over.
_DEPENDENCY = re.compile(
    r"Knex|E(?:CONN|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|PIPE)|SASL|server_login|pgbouncer|connection|"
    r"password authentication|the database system|read-only|does not exist|permission denied|canceling statement|"
    r"[Tt]imeout|took longer",
)


class Standstill(StrEnum):
    """Why an execution does not go on."""

    NOT_REGISTERED = "workflow-not-registered"
    NONDETERMINISTIC = "workflow-nondeterministic"
    BLOCKS = "workflow-blocks"
    TASK_FAILS = "workflow-task-failing"
    ACTIVITY_NOT_REGISTERED = "activity-not-registered"
    ACTIVITY_FAILS = "activity-failing"


_TASKS = (
    (re.compile(r"no such function is exported by the workflow bundle"), Standstill.NOT_REGISTERED),
    (re.compile(r"TMPRL1100|[Nn]on-?[Dd]eterminism|NON_DETERMINISTIC"), Standstill.NONDETERMINISTIC),
    (re.compile(r"Script execution timed out|TMPRL1101"), Standstill.BLOCKS),
)
_ACTIVITY_UNKNOWN = re.compile(r"is not registered on this Worker")


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A type of workflow whose executions fail now."""

    workflow: str
    queue: str
    failed: int
    total: int
    reason: str
    activity: str = ""


def failing(ended: Iterable[EndedExecution], queues: Iterable[str], now: datetime, share: float) -> tuple[Failing, ...]:
    """The types of workflow of these queues that fail now; failures up to this share of the executions are none."""
    own = set(queues)
    groups: dict[tuple[str, str], list[EndedExecution]] = {}
    for each in sorted((each for each in ended if each.at), key=lambda each: str(each.at), reverse=True):
        if each.queue in own:
            groups.setdefault((each.workflow, each.queue), []).append(each)
    return tuple(
        _failing(name, queue, group) for (name, queue), group in groups.items() if _fails_now(group, now, share)
    )


def _failing(workflow: str, queue: str, group: list[EndedExecution]) -> Failing:
    reason = _reason(group)
    return Failing(
        workflow=workflow,
        queue=queue,
        failed=sum(not each.completed for each in group),
        total=len(group),
        reason=reason,
        activity=next((each.activity for each in group if each.reason == reason), ""),
    )


def _reason(group: list[EndedExecution]) -> str:
    reasons = [each.reason for each in group if not each.completed and each.reason]
    return max(reasons, key=reasons.count, default="")


def _fails_now(group: list[EndedExecution], now: datetime, share: float) -> bool:
    failed = [each for each in group if not each.completed]
    if not failed or _between(failed[0], now) > LATELY:
        return False
    unbroken = list(takewhile(lambda each: not each.completed, group))
    lasts = len(unbroken) >= RUN and _between(unbroken[-1], unbroken[0].at) >= LASTING
    if lasts or _DEPENDENCY.search(_reason(group)):
        return lasts
    of_newest = sum(not each.completed for each in group[:NEWEST])
    return len(failed) >= AT_LEAST and of_newest >= FAILED_OF_NEWEST and len(failed) / len(group) > share


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many workflows of all failed within some minutes, and what most of these were."""

    failed: int
    total: int
    minutes: float
    most: EndedExecution
    reasons: tuple[EndedExecution, ...]


def too_many(found: Executions, queues: Iterable[str], now: datetime, allowed: float) -> Share | None:
    """The share of all workflows of these queues that fail now, where it is more than allowed.

    What a dependency's trouble has failed does not count: its own checks see that while it lasts.
    """
    own = set(queues)
    long, short = found.counted if len(found.counted) == len(WINDOWS) else _counts(found.ended, own, now)
    listed = [each for each in found.failures or found.ended if not each.completed and each.queue in own]
    reasons = {each.workflow: each for each in reversed(listed) if each.reason}
    code = [each for each in listed if not _of_dependency(reasons.get(each.workflow))]
    part = len(code) / len(listed) if listed else 0.0
    now_too = any(_between(each, now) <= timedelta(minutes=short.minutes) for each in code)
    many = long.failed * part >= AT_LEAST and all(each.failed * part > allowed * each.total for each in (long, short))
    if not (many and now_too):
        return None
    (name, _), *_ = Counter(each.workflow for each in code).most_common()
    most = reasons.get(name) or next(each for each in code if each.workflow == name)
    told = tuple(each for each in reasons.values() if not _of_dependency(each))
    return Share(failed=round(long.failed * part), total=long.total, minutes=long.minutes, most=most, reasons=told)


def _of_dependency(failed: EndedExecution | None) -> bool:
    return bool(failed and is_of_dependency(failed.reason))


def is_of_dependency(reason: str) -> bool:
    """Whether an error is a dependency's trouble, which has checks of its own and may be over."""
    return bool(_DEPENDENCY.search(reason))


def _counts(ended: Iterable[EndedExecution], own: set[str], now: datetime) -> tuple[ExecutionCount, ExecutionCount]:
    """The counts of a server that does not count: of the executions that it listed."""
    listed = [each for each in ended if each.queue in own]
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
    """Why an execution does not go on; None where that may pass."""
    if stuck.activity:
        if _ACTIVITY_UNKNOWN.search(stuck.reason):
            return Standstill.ACTIVITY_NOT_REGISTERED
        patience = 2 * PATIENCE if _DEPENDENCY.search(stuck.reason) else PATIENCE
        return Standstill.ACTIVITY_FAILS if stuck.attempt >= patience else None
    told = f"{stuck.cause} {stuck.reason}"
    return next((what for pattern, what in _TASKS if pattern.search(told)), Standstill.TASK_FAILS)
