"""The schedules of a Temporal namespace, and the running executions that they started."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeScheduleRequest,
    ListSchedulesRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.service import RPCError

from diagnose.queries.workflow_executions import FAILED_RESULTS, RunningExecution, Schedule
from diagnose.sources.temporal.calls import call
from diagnose.sources.temporal.failures import end_of, scheduled_by
from diagnose.sources.temporal.values import name_of, seconds_of, time_of
from diagnose.text.times import to_text

LISTED, PAGES = 200, 5
# From this number of failures on, the error of the last one is read.
MIN_FAILURES = 3
DESCRIBED = 12
# The parts of a calendar that name one time.
_TIME_PARTS = ("year", "month", "day_of_month", "hour", "minute", "second")


async def query_schedules(client: Any, namespace: str) -> tuple[tuple[Schedule, ...], bool]:
    """Returns the schedules, and whether the list is complete."""
    listed: list[Any] = []
    page = b""
    for _ in range(PAGES):
        request = ListSchedulesRequest(namespace=namespace, maximum_page_size=LISTED, next_page_token=page)
        answer = await call(client.workflow_service.list_schedules, request)
        listed.extend(answer.schedules)
        page = answer.next_page_token
        if not page:
            break
    failing = [each for each in listed if sum(_failed(one) for one in each.info.recent_actions) >= MIN_FAILURES]
    described = failing[:DESCRIBED]
    reasons = await asyncio.gather(*(_reason(client, namespace, each) for each in described))
    by_id = {each.schedule_id: reason for each, reason in zip(described, reasons, strict=True)}
    found = [_schedule(each, by_id.get(each.schedule_id, "")) for each in listed]
    standing = [each for each in found if not each.paused and each.next_at is None][:DESCRIBED]
    over = await asyncio.gather(*(_with_end(client, namespace, each) for each in standing))
    ended = {each.id: each for each in over}
    return tuple(ended.get(each.id, each) for each in found), not page


async def query_running(client: Any, namespace: str) -> tuple[RunningExecution, ...]:
    """Returns the running executions that schedules started; none from a server that cannot list them."""
    try:
        listed = await list_executions(
            client, namespace, "ExecutionStatus = 'Running' AND TemporalScheduledById IS NOT NULL"
        )
    except RPCError:
        return ()
    return tuple(
        RunningExecution(
            schedule=scheduled_by(each),
            workflow=each.type.name,
            workflow_id=each.execution.workflow_id,
            queue=each.task_queue,
            since=time_of(each.start_time),
        )
        for each in listed
    )


async def list_executions(client: Any, namespace: str, query: str) -> list[Any]:
    """Returns the first page of the executions that a query finds."""
    request = ListWorkflowExecutionsRequest(namespace=namespace, page_size=LISTED, query=query)
    answer = await call(client.workflow_service.list_workflow_executions, request)
    return list(answer.executions)


def _status(action: Any) -> str:
    name = name_of(WorkflowExecutionStatus, action.start_workflow_status, "WORKFLOW_EXECUTION_STATUS_")
    return name.replace("UNSPECIFIED", "")


def _failed(action: Any) -> bool:
    return _status(action) in FAILED_RESULTS


async def _with_end(client: Any, namespace: str, schedule: Schedule) -> Schedule:
    """Returns a schedule that lists no next start with why it has none, which the server may not have decided yet."""
    request = DescribeScheduleRequest(namespace=namespace, schedule_id=schedule.id)
    try:
        answer = await call(client.workflow_service.describe_schedule, request)
    except RPCError:
        return schedule  # it was deleted meanwhile
    end = "" if answer.info.future_action_times or answer.schedule.state.paused else _end(answer.schedule)
    return msgspec.structs.replace(schedule, end=end, queue=answer.schedule.action.start_workflow.task_queue.name)


def _end(schedule: Any) -> str:
    """Returns why a schedule has no further start; "" for one that was made for single times, or to be triggered."""
    spec, state, now = schedule.spec, schedule.state, datetime.now(UTC)
    if not spec.interval and all(map(_is_once, spec.structured_calendar)):
        return ""
    if state.limited_actions and not state.remaining_actions:
        return "it has used all actions that it was limited to"
    if spec.HasField("end_time") and (at := time_of(spec.end_time)) <= now:
        return f"its end has passed at {to_text(at)}"
    years = [span for each in spec.structured_calendar for span in each.year]
    if not spec.interval and years and all(max(span.start, span.end) < now.year for span in years):
        return f"the last date of its calendar has passed, in {max(max(span.start, span.end) for span in years)}"
    return "its calendar matches no time"


def _is_once(calendar: Any) -> bool:
    """Whether a calendar has a single time."""
    parts = [getattr(calendar, each) for each in _TIME_PARTS]
    return all(len(part) == 1 and part[0].end <= part[0].start for part in parts)


async def _reason(client: Any, namespace: str, listed: Any) -> str:
    last = next(each for each in reversed(listed.info.recent_actions) if _failed(each))
    end = await end_of(client, namespace, last.start_workflow_result)
    return end.reason


def _schedule(listed: Any, reason: str) -> Schedule:
    info = listed.info
    last = info.recent_actions[-1] if info.recent_actions else None
    results = tuple(_status(each) for each in info.recent_actions)
    nexts = [time_of(each) for each in info.future_action_times]
    intervals = [seconds_of(each.interval) for each in info.spec.interval]
    return Schedule(
        id=listed.schedule_id,
        paused=info.paused,
        note=info.notes,
        workflow=info.workflow_type.name,
        every_s=min(intervals, default=0.0),
        last_at=time_of(last.actual_time) if last else None,
        last_status=results[-1] if results else "",
        next_at=nexts[0] if nexts else None,
        results=results,
        reason=reason,
        gap_s=max(((later - earlier).total_seconds() for earlier, later in pairwise(nexts)), default=0.0),
    )
