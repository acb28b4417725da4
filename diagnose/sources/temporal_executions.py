"""What became of workflows, asked from a Temporal frontend: a page of each list, and the errors of a few of them."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from diagnose.probes.executions import Ended, Executions, Schedule, Stuck

LATELY = timedelta(minutes=10)
LISTED = 200
DESCRIBED = 24
TOLD_EACH = 3
FAILING_ATTEMPT = 3
# How far a failure is followed into its causes.
DEPTH = 8


async def ask_executions(client: Any, namespace: str) -> Executions:
    """What became of workflows; an answer that was not asked where the server cannot list them."""
    from temporalio.service import RPCError

    try:
        ended, stuck, (schedules, complete) = await asyncio.gather(
            _ended(client, namespace), _stuck(client, namespace), _schedules(client, namespace)
        )
    except RPCError as error:
        return Executions(error=f"{error.status.name}: {error.message}")
    return Executions(asked=True, ended=ended, stuck=stuck, schedules=schedules, complete=complete)


async def _ended(client: Any, namespace: str) -> tuple[Ended, ...]:
    from temporalio.api.enums.v1 import WorkflowExecutionStatus as Status

    since = (datetime.now(UTC) - LATELY).strftime("%Y-%m-%dT%H:%M:%SZ")
    listed = await _list(client, namespace, f"CloseTime >= '{since}'")
    good = {
        Status.WORKFLOW_EXECUTION_STATUS_COMPLETED,
        Status.WORKFLOW_EXECUTION_STATUS_CANCELED,
        Status.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
    }
    told = {id(each) for each in _first_of_each_type(each for each in listed if each.status not in good)}

    async def read(each: Any) -> Ended:
        return Ended(
            workflow=each.type.name,
            queue=each.task_queue,
            completed=each.status in good,
            at=each.close_time.ToDatetime(UTC),
            reason=await _reason(client, namespace, each.execution) if id(each) in told else "",
        )

    return tuple(await asyncio.gather(*(read(each) for each in listed)))


def _first_of_each_type(executions: Iterable[Any]) -> list[Any]:
    """The latest few of each type: their errors are read, which costs a question each."""
    taken: dict[str, int] = {}
    found: list[Any] = []
    for each in executions:
        taken[each.type.name] = taken.get(each.type.name, 0) + 1
        if taken[each.type.name] <= TOLD_EACH and len(found) < DESCRIBED:
            found.append(each)
    return found


async def _list(client: Any, namespace: str, query: str) -> list[Any]:
    from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest

    request = ListWorkflowExecutionsRequest(namespace=namespace, page_size=LISTED, query=query)
    answer = await client.workflow_service.list_workflow_executions(request)
    return list(answer.executions)


async def _stuck(client: Any, namespace: str) -> tuple[Stuck, ...]:
    listed = await _list(client, namespace, "ExecutionStatus = 'Running'")
    # Both ends of the list: the latest, and those that have run longest.
    few = listed if len(listed) <= DESCRIBED else [*listed[: DESCRIBED // 2], *listed[-DESCRIBED // 2 :]]
    found = await asyncio.gather(*(_look(client, namespace, each) for each in few))
    return tuple(each for each in found if each)


async def _look(client: Any, namespace: str, listed: Any) -> Stuck | None:
    from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
    from temporalio.service import RPCError

    request = DescribeWorkflowExecutionRequest(namespace=namespace, execution=listed.execution)
    try:
        told = await client.workflow_service.describe_workflow_execution(request)
    except RPCError:
        return None  # it has ended meanwhile
    about = {"workflow": listed.type.name, "workflow_id": listed.execution.workflow_id, "queue": listed.task_queue}
    if told.pending_workflow_task.attempt >= FAILING_ATTEMPT:
        cause, reason = await _failed_task(client, namespace, listed.execution)
        if cause:
            attempt = told.pending_workflow_task.attempt
            return Stuck(**about, attempt=attempt, cause=cause, reason=reason)
    for each in told.pending_activities:
        if each.attempt >= FAILING_ATTEMPT and each.HasField("last_failure"):
            name, reason = each.activity_type.name, _bottom(each.last_failure)
            return Stuck(**about, activity=name, attempt=each.attempt, reason=reason)
    return None


async def _failed_task(client: Any, namespace: str, execution: Any) -> tuple[str, str]:
    """Cause and message of the last failed task; nothing where tasks only took too long."""
    from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause

    for event in await _events(client, namespace, execution):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            break
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            cause = WorkflowTaskFailedCause.Name(failed.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
            return cause, _bottom(failed.failure)
    return "", ""


async def _reason(client: Any, namespace: str, execution: Any) -> str:
    """Why an execution ended."""
    from temporalio.service import RPCError

    try:
        events = await _events(client, namespace, execution)
    except RPCError:
        return ""
    for event in events:
        failed = event.workflow_execution_failed_event_attributes
        if failed.HasField("failure"):
            return _bottom(failed.failure)
        if reason := event.workflow_execution_terminated_event_attributes.reason:
            return str(reason)
        if event.HasField("workflow_execution_timed_out_event_attributes"):
            return "it took longer than it may"
    return ""


async def _events(client: Any, namespace: str, execution: Any) -> list[Any]:
    """The last events of an execution, the latest first."""
    from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest

    request = GetWorkflowExecutionHistoryReverseRequest(namespace=namespace, execution=execution, maximum_page_size=6)
    answer = await client.workflow_service.get_workflow_execution_history_reverse(request)
    return list(answer.history.events)


def _bottom(failure: Any) -> str:
    """The message at the bottom of a failure: what is above it only says which activity or child failed."""
    for _ in range(DEPTH):
        if not failure.HasField("cause"):
            break
        failure = failure.cause
    return str(failure.message)


async def _schedules(client: Any, namespace: str) -> tuple[tuple[Schedule, ...], bool]:
    from temporalio.api.workflowservice.v1 import ListSchedulesRequest

    request = ListSchedulesRequest(namespace=namespace, maximum_page_size=LISTED)
    answer = await client.workflow_service.list_schedules(request)
    return tuple(_schedule(each) for each in answer.schedules), not answer.next_page_token


def _schedule(listed: Any) -> Schedule:
    from temporalio.api.enums.v1 import WorkflowExecutionStatus

    info = listed.info
    last = info.recent_actions[-1] if info.recent_actions else None
    status = WorkflowExecutionStatus.Name(last.start_workflow_status) if last else ""
    intervals = [each.interval.ToTimedelta().total_seconds() for each in info.spec.interval]
    return Schedule(
        id=listed.schedule_id,
        paused=info.paused,
        note=info.notes,
        workflow=info.workflow_type.name,
        every_s=min(intervals, default=0.0),
        last_at=last.actual_time.ToDatetime(UTC) if last else None,
        last_status=status.removeprefix("WORKFLOW_EXECUTION_STATUS_").replace("UNSPECIFIED", ""),
        next_at=info.future_action_times[0].ToDatetime(UTC) if info.future_action_times else None,
    )
