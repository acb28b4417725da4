"""Judges what became of workflows: which types fail now, and why those that do not go on stand still. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from diagnose.probes.executions import Ended, Stuck

LATELY = timedelta(minutes=5)
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


def failing(ended: Iterable[Ended], queues: Iterable[str], now: datetime, share: float) -> tuple[Failing, ...]:
    """The types of workflow of these queues that fail now; failures up to this share of the executions are none."""
    own = set(queues)
    groups: dict[tuple[str, str], list[Ended]] = {}
    for each in sorted((each for each in ended if each.at), key=lambda each: str(each.at), reverse=True):
        if each.queue in own:
            groups.setdefault((each.workflow, each.queue), []).append(each)
    return tuple(
        _failing(name, queue, group) for (name, queue), group in groups.items() if _fails_now(group, now, share)
    )


def _failing(workflow: str, queue: str, group: list[Ended]) -> Failing:
    return Failing(
        workflow=workflow,
        queue=queue,
        failed=sum(not each.completed for each in group),
        total=len(group),
        reason=_reason(group),
    )


def _reason(group: list[Ended]) -> str:
    reasons = [each.reason for each in group if not each.completed and each.reason]
    return max(reasons, key=reasons.count, default="")


def _fails_now(group: list[Ended], now: datetime, share: float) -> bool:
    failed = [each for each in group if not each.completed]
    if not failed or _between(failed[0], now) > LATELY:
        return False
    unbroken = list(takewhile(lambda each: not each.completed, group))
    lasts = len(unbroken) >= RUN and _between(unbroken[-1], unbroken[0].at) >= LASTING
    if lasts or _DEPENDENCY.search(_reason(group)):
        return lasts
    of_newest = sum(not each.completed for each in group[:NEWEST])
    return len(failed) >= AT_LEAST and of_newest >= FAILED_OF_NEWEST and len(failed) / len(group) > share


def _between(each: Ended, later: datetime | None) -> timedelta:
    return later - each.at if each.at and later else timedelta()


def standstill(stuck: Stuck) -> Standstill | None:
    """Why an execution does not go on; None where that may pass."""
    if stuck.activity:
        if _ACTIVITY_UNKNOWN.search(stuck.reason):
            return Standstill.ACTIVITY_NOT_REGISTERED
        patience = 2 * PATIENCE if _DEPENDENCY.search(stuck.reason) else PATIENCE
        return Standstill.ACTIVITY_FAILS if stuck.attempt >= patience else None
    told = f"{stuck.cause} {stuck.reason}"
    return next((what for pattern, what in _TASKS if pattern.search(told)), Standstill.TASK_FAILS)
