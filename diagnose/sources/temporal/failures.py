"""Why a workflow execution ended or does not progress, from the last events of its history."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.service import RPCError

from diagnose.sources.temporal.calls import call
from diagnose.sources.temporal.values import name_of

# Maximum depth to which the causes of a failure are followed.
DEPTH = 8
SCHEDULED_BY = "TemporalScheduledById"


async def failed_task(client: Any, namespace: str, execution: Any) -> tuple[str, str]:
    """Returns cause and message of the last failed task; empty where tasks only timed out."""
    for event in await _events(client, namespace, execution):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            break
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            cause = name_of(WorkflowTaskFailedCause, failed.cause, "WORKFLOW_TASK_FAILED_CAUSE_")
            return cause, bottom(failed.failure)[0]
    return "", ""


class End(msgspec.Struct, frozen=True):
    """How an execution ended.

    Attributes:
        reason: why it failed, "" where it did not.
        activity: the type of the activity that caused it, if any.
        worker: the identity of the worker that ended its last activity, else its last task.
    """

    reason: str = ""
    activity: str = ""
    worker: str = ""


async def end_of(client: Any, namespace: str, execution: Any) -> End:
    """Returns how an execution ended, as far as its last events show it."""
    try:
        events = await _events(client, namespace, execution)
    except RPCError:
        return End()
    return End(*_reason(events), worker=_worker(events))


def _reason(events: Iterable[Any]) -> tuple[str, str]:
    for event in events:
        failed = event.workflow_execution_failed_event_attributes
        if failed.HasField("failure"):
            return bottom(failed.failure)
        if reason := event.workflow_execution_terminated_event_attributes.reason:
            return str(reason), ""
        if event.HasField("workflow_execution_timed_out_event_attributes"):
            return "it took longer than it may", ""
    return "", ""


def _worker(events: Iterable[Any]) -> str:
    kinds = [(each.WhichOneof("attributes") or "", each) for each in events]
    for stem in ("activity_task_", "workflow_task_completed"):
        for kind, event in kinds:
            if kind.startswith(stem) and (identity := getattr(getattr(event, kind), "identity", "")):
                return str(identity)
    return ""


async def queues_of_activities(client: Any, namespace: str, execution: Any) -> dict[str, str]:
    """Returns the queues of the activities that an execution has scheduled last, by their ids."""
    try:
        events = await _events(client, namespace, execution)
    except RPCError:
        return {}
    scheduled = (each.activity_task_scheduled_event_attributes for each in events)
    return {each.activity_id: each.task_queue.name for each in scheduled if each.activity_id}


async def _events(client: Any, namespace: str, execution: Any) -> list[Any]:
    """Returns the last events of an execution, the latest first."""
    request = GetWorkflowExecutionHistoryReverseRequest(namespace=namespace, execution=execution, maximum_page_size=6)
    answer = await call(client.workflow_service.get_workflow_execution_history_reverse, request)
    return list(answer.history.events)


def bottom(failure: Any) -> tuple[str, str]:
    """Returns the message of the innermost failure, and the activity around it.

    The outer failures only name the activity or child that failed.
    """
    activity = ""
    for _ in range(DEPTH):
        activity = failure.activity_failure_info.activity_type.name or activity
        if not failure.HasField("cause"):
            break
        failure = failure.cause
    return str(failure.message), str(activity)


def scheduled_by(listed: Any) -> str:
    """Returns the schedule that started an execution, "" for none."""
    return attribute(listed, SCHEDULED_BY)


def attribute(listed: Any, name: str) -> str:
    """Returns a search attribute of an execution, "" for none."""
    found = listed.search_attributes.indexed_fields.get(name)
    try:
        return str(json.loads(found.data)) if found else ""
    except ValueError:
        return ""
