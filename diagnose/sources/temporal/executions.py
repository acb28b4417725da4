"""Workflow executions from a Temporal frontend: a page of each list, counts, and the errors of a few."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from temporalio.api.enums.v1 import PendingActivityState as ActivityState
from temporalio.api.enums.v1 import WorkflowExecutionStatus as Status
from temporalio.api.workflowservice.v1 import CountWorkflowExecutionsRequest, DescribeWorkflowExecutionRequest
from temporalio.service import RPCError

from diagnose.queries.temporal import Queue
from diagnose.queries.workflow_executions import (
    EndedExecution,
    ExecutionCount,
    Executions,
    OpenVersion,
    PendingActivity,
    StuckExecution,
)
from diagnose.sources.temporal.calls import call
from diagnose.sources.temporal.descriptions import describe_queue
from diagnose.sources.temporal.failures import (
    End,
    attribute,
    bottom,
    end_of,
    failed_task,
    queues_of_activities,
    scheduled_by,
)
from diagnose.sources.temporal.schedules import LISTED, list_executions, query_running, query_schedules
from diagnose.sources.temporal.task_queues import OTHERS, waiting_queues
from diagnose.sources.temporal.values import time_of
from diagnose.text import times

RECENT, JUST_NOW = timedelta(minutes=10), timedelta(minutes=2)
DESCRIBED = 24
ERRORS_PER_TYPE = 3
TYPES_COMPARED, COMPARED = 2, 6
"""Of how many types the workers of so many failed and as many other executions are compared."""
FAILING_ATTEMPT = 3
UNTAKEN = timedelta(seconds=10)
STARTED = ActivityState.PENDING_ACTIVITY_STATE_STARTED
VERSION, BEHAVIOR = "TemporalWorkerDeploymentVersion", "TemporalWorkflowVersioningBehavior"
FAILED = ("Failed", "TimedOut", "Terminated")
_FAILED_ONES = "ExecutionStatus IN (" + ", ".join(f"'{each}'" for each in FAILED) + ")"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The executions, other queues in which tasks of running ones wait, and further ones where their activities do."""

    executions: Executions
    waiting: tuple[Queue, ...] = ()
    activity_queues: tuple[Queue, ...] = ()


class _Described(msgspec.Struct, frozen=True, kw_only=True):
    """What the description of a running execution has: why it is stuck, its version, and its activities."""

    run_id: str
    stuck: StuckExecution | None
    versioning: Any
    activities: tuple[PendingActivity, ...]


async def query_executions(client: Any, namespace: str, queues: tuple[str, ...]) -> Found:
    """Returns the executions and their queues; marked as not queried where the server cannot list executions."""
    try:
        open_ = await list_executions(client, namespace, "ExecutionStatus = 'Running'")
        (ended, failures), described, waiting, (schedules, complete), running, counted = await asyncio.gather(
            _ended(client, namespace, queues),
            _describe(client, namespace, open_),
            waiting_queues(client, namespace, (each.task_queue for each in open_), queues),
            query_schedules(client, namespace),
            query_running(client, namespace),
            asyncio.gather(*(_counted(client, namespace, queues, span) for span in (RECENT, JUST_NOW))),
        )
    except RPCError as error:
        return Found(executions=Executions(error=f"{error.status.name}: {error.message}"))
    activities = _summed(activity for each in described for activity in each.activities)
    known = {*queues, *(each.name for each in waiting)}
    others = dict.fromkeys(each.queue for each in activities if each.waiting and each.queue not in known)
    further = await asyncio.gather(*(describe_queue(client, namespace, name) for name in [*others][:OTHERS]))
    executions = Executions(
        asked=True,
        ended=ended,
        stuck=tuple(each.stuck for each in described if each.stuck),
        schedules=schedules,
        complete=complete,
        failures=failures,
        counted=tuple(each for each in counted if each),
        running=running,
        versions=_versions(open_, {each.run_id: each.versioning for each in described}),
        activities=activities,
    )
    return Found(executions=executions, waiting=waiting, activity_queues=tuple(further))


def _versions(listed: Iterable[Any], described: Mapping[str, Any]) -> tuple[OpenVersion, ...]:
    """Returns how many of the running executions belong to which deployment version of their queue."""
    total, pinned = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in listed:
        version, is_pinned = attribute(each, VERSION), attribute(each, BEHAVIOR) == "Pinned"
        # Where it was moved to another version by hand, only its description has that.
        override = described[each.execution.run_id].versioning_override if each.execution.run_id in described else None
        if override and (named := override.pinned_version or _named(override.pinned.version)):
            version, is_pinned = named, True
        if version:
            which = (each.task_queue, version.replace(":", ".", 1))
            total[which] += 1
            pinned[which] += is_pinned
    return tuple(OpenVersion(*which, number, pinned[which]) for which, number in total.items())


def _named(version: Any) -> str:
    return f"{version.deployment_name}:{version.build_id}" if version.build_id else ""


def _since(span: timedelta) -> str:
    return f"CloseTime >= '{times.to_text(datetime.now(UTC) - span)}'"


def _of_queues(queues: tuple[str, ...]) -> str:
    names = ", ".join("'" + each.replace("'", "''") + "'" for each in queues)
    return f"TaskQueue IN ({names})"


async def _ended(
    client: Any, namespace: str, queues: tuple[str, ...]
) -> tuple[tuple[EndedExecution, ...], tuple[EndedExecution, ...]]:
    """Returns the latest ended executions, and the latest failed ones of these queues."""
    good = {
        Status.WORKFLOW_EXECUTION_STATUS_COMPLETED,
        Status.WORKFLOW_EXECUTION_STATUS_CANCELED,
        Status.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
    }
    listed = await list_executions(client, namespace, _since(RECENT))
    failed = [each for each in listed if each.status not in good]
    if len(listed) == LISTED:
        failed = await list_executions(
            client, namespace, f"{_since(RECENT)} AND {_FAILED_ONES} AND {_of_queues(queues)}"
        )
    few = [*_first_of_each_type(failed), *_compared(failed, [each for each in listed if each.status in good])]
    ends = await asyncio.gather(*(end_of(client, namespace, each.execution) for each in few))
    by_run = {each.execution.run_id: end for each, end in zip(few, ends, strict=True)}

    def read(each: Any) -> EndedExecution:
        end = by_run.get(each.execution.run_id, End())
        return EndedExecution(
            workflow=each.type.name,
            queue=each.task_queue,
            completed=each.status in good,
            at=time_of(each.close_time),
            reason=end.reason,
            activity=end.activity,
            schedule=scheduled_by(each),
            version=attribute(each, VERSION).replace(":", ".", 1),
            worker=end.worker,
            allowed_s=_lasted_s(each) if each.status == Status.WORKFLOW_EXECUTION_STATUS_TIMED_OUT else 0.0,
        )

    return tuple(map(read, listed)), tuple(map(read, failed))


def _lasted_s(execution: Any) -> float:
    return (time_of(execution.close_time) - time_of(execution.start_time)).total_seconds()


def _first_of_each_type(executions: Iterable[Any]) -> list[Any]:
    """Returns the latest few of each type, whose errors are read with one request each."""
    taken: dict[str, int] = {}
    found: list[Any] = []
    for each in executions:
        taken[each.type.name] = taken.get(each.type.name, 0) + 1
        if taken[each.type.name] <= ERRORS_PER_TYPE and len(found) < DESCRIBED:
            found.append(each)
    return found


def _compared(failed: list[Any], completed: list[Any]) -> list[Any]:
    """Returns executions of the types that fail most whose workers are compared, beyond those whose errors are read."""
    numbers, found = Counter(each.type.name for each in failed), list[Any]()
    working = {each.type.name for each in completed}
    many = [name for name, number in numbers.most_common() if number >= ERRORS_PER_TYPE and name in working]
    for name in many[:TYPES_COMPARED]:
        broken, well = ([each for each in some if each.type.name == name] for some in (failed, completed))
        found += [*broken[ERRORS_PER_TYPE:COMPARED], *well[:COMPARED]]
    return found


async def _counted(client: Any, namespace: str, queues: tuple[str, ...], span: timedelta) -> ExecutionCount | None:
    """Returns how many executions of these queues ended and failed; None from a server that cannot count."""
    query, minutes = f"{_since(span)} AND {_of_queues(queues)}", span.total_seconds() / 60
    try:
        answer = await _count(client, namespace, f"{query} GROUP BY ExecutionStatus")
        groups = {str(json.loads(each.group_values[0].data)): each.count for each in answer.groups}
        return ExecutionCount(minutes, sum(groups.values()), sum(groups.get(name, 0) for name in FAILED))
    except (RPCError, ValueError, IndexError):
        pass  # older servers count without groups
    try:
        every, failed = await asyncio.gather(
            _count(client, namespace, query), _count(client, namespace, f"{query} AND {_FAILED_ONES}")
        )
    except RPCError:
        return None
    return ExecutionCount(minutes, every.count, failed.count)


async def _count(client: Any, namespace: str, query: str) -> Any:
    request = CountWorkflowExecutionsRequest(namespace=namespace, query=query)
    return await call(client.workflow_service.count_workflow_executions, request)


async def _describe(client: Any, namespace: str, listed: list[Any]) -> list[_Described]:
    """Returns the descriptions of some of the running executions."""
    # Both ends of the list: the latest and the longest running ones.
    few = listed if len(listed) <= DESCRIBED else [*listed[: DESCRIBED // 2], *listed[-DESCRIBED // 2 :]]
    found = await asyncio.gather(*(_inspect(client, namespace, each) for each in few))
    return [each for each in found if each]


async def _inspect(client: Any, namespace: str, listed: Any) -> _Described | None:
    request = DescribeWorkflowExecutionRequest(namespace=namespace, execution=listed.execution)
    try:
        description = await call(client.workflow_service.describe_workflow_execution, request)
    except RPCError:
        return None  # it has ended meanwhile
    return _Described(
        run_id=listed.execution.run_id,
        stuck=await _stuck(client, namespace, listed, description),
        versioning=description.workflow_execution_info.versioning_info,
        activities=await _activities(client, namespace, listed, description.pending_activities),
    )


async def _stuck(client: Any, namespace: str, listed: Any, description: Any) -> StuckExecution | None:
    """Returns why an execution is stuck, where its task or an activity has failed several times."""
    about = {"workflow": listed.type.name, "workflow_id": listed.execution.workflow_id, "queue": listed.task_queue}
    if description.pending_workflow_task.attempt >= FAILING_ATTEMPT:
        cause, reason = await failed_task(client, namespace, listed.execution)
        if cause:
            attempt = description.pending_workflow_task.attempt
            return StuckExecution(**about, attempt=attempt, cause=cause, reason=reason)
    for each in description.pending_activities:
        if each.attempt >= FAILING_ATTEMPT and each.HasField("last_failure"):
            name, reason = each.activity_type.name, bottom(each.last_failure)[0]
            return StuckExecution(**about, activity=name, attempt=each.attempt, reason=reason)
    return None


async def _activities(client: Any, namespace: str, listed: Any, pending: Iterable[Any]) -> tuple[PendingActivity, ...]:
    """Returns the pending activities of an execution that are executed, or wait for their first start."""
    found = [(each, is_first_start_late(each)) for each in pending]
    shown = [(each, waits) for each, waits in found if waits or each.state == STARTED]
    lacks = any(waits and not each.activity_options.task_queue.name for each, waits in shown)
    scheduled = await queues_of_activities(client, namespace, listed.execution) if lacks else {}
    return tuple(
        PendingActivity(
            activity=each.activity_type.name,
            queue=queue,
            workflow=listed.type.name,
            workflow_id=listed.execution.workflow_id,
            workflow_queue=listed.task_queue,
            waiting=int(waits),
            started=int(not waits),
            since=time_of(each.scheduled_time) if waits else None,
        )
        for each, waits in shown
        if (queue := each.activity_options.task_queue.name or scheduled.get(each.activity_id, ""))
    )


def is_first_start_late(activity: Any) -> bool:
    """Whether an activity has waited for some seconds since it was scheduled, and no worker has ever taken it."""
    is_scheduled = activity.state == ActivityState.PENDING_ACTIVITY_STATE_SCHEDULED and activity.attempt <= 1
    return is_scheduled and datetime.now(UTC) - time_of(activity.scheduled_time) > UNTAKEN


def _summed(activities: Iterable[PendingActivity]) -> tuple[PendingActivity, ...]:
    """Returns the activities by type, queue and workflow, each with their numbers and the earliest time."""
    groups: dict[tuple[str, str, str], list[PendingActivity]] = {}
    for each in activities:
        groups.setdefault((each.activity, each.queue, each.workflow), []).append(each)
    return tuple(
        msgspec.structs.replace(
            min(same, key=lambda each: (not each.waiting, each.since or datetime.now(UTC))),
            waiting=sum(each.waiting for each in same),
            started=sum(each.started for each in same),
        )
        for same in groups.values()
    )
