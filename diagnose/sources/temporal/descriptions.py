"""What a Temporal frontend answers about itself, a namespace and a task queue."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
)
from temporalio.bridge.proto.health.v1 import HealthCheckRequest, HealthCheckResponse
from temporalio.service import RPCError, RPCStatusCode

from diagnose.queries.temporal import Poller, Queue
from diagnose.sources.temporal.calls import call

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"


async def health_of(client: Any) -> str:
    """Returns the status of the frontend, or the error of the call for it."""
    try:
        answer = await call(
            client.health_service.check, HealthCheckRequest(service="temporal.api.workflowservice.v1.WorkflowService")
        )
    except RPCError:
        # Some proxies have no health service but forward the other calls.
        try:
            await call(client.workflow_service.get_system_info, GetSystemInfoRequest())
        except RPCError as error:
            return f"{error.status.name}: {error.message}"
        return "SERVING"
    return HealthCheckResponse.ServingStatus.Name(answer.status)


async def namespace_of(client: Any, name: str) -> str:
    """Returns "exists", "missing", or the error of describing a namespace."""
    try:
        await call(client.workflow_service.describe_namespace, DescribeNamespaceRequest(namespace=name))
    except RPCError as error:
        return "missing" if error.status is RPCStatusCode.NOT_FOUND else f"{error.status.name}: {error.message}"
    return "exists"


async def describe_queue(client: Any, namespace: str, name: str) -> Queue:
    """Returns a task queue with its pollers, or with the error of describing it."""
    kinds = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    try:
        answer, activities = await asyncio.gather(*(_one_kind(client, namespace, name, kind) for kind in kinds))
    except RPCError as error:
        return Queue(name, error=f"{error.status.name}: {error.message}")
    return Queue(
        name,
        tuple(
            Poller(
                each.identity,
                datetime.fromtimestamp(each.last_access_time.seconds, UTC),
                _version(each.deployment_options) if each.deployment_options.worker_versioning_mode else "",
                each.deployment_options.build_id or each.worker_version_capabilities.build_id,
            )
            for each in answer.pollers
        ),
        answer.stats.approximate_backlog_count,
        waited_s=answer.stats.approximate_backlog_age.ToTimedelta().total_seconds(),
        activities=activities.stats.approximate_backlog_count,
        activities_waited_s=activities.stats.approximate_backlog_age.ToTimedelta().total_seconds(),
        counted=answer.HasField("stats") and activities.HasField("stats"),
        version=_version(answer.versioning_info.current_deployment_version),
        add_rate=round(answer.stats.tasks_add_rate, 2),
        dispatch_rate=round(answer.stats.tasks_dispatch_rate, 2),
        activities_add_rate=round(activities.stats.tasks_add_rate, 2),
        activities_dispatch_rate=round(activities.stats.tasks_dispatch_rate, 2),
    )


async def _one_kind(client: Any, namespace: str, name: str, kind: Any) -> Any:
    request = DescribeTaskQueueRequest(
        namespace=namespace, task_queue=TaskQueue(name=name), task_queue_type=kind, report_stats=True
    )
    return await call(client.workflow_service.describe_task_queue, request)


def _version(named: Any) -> str:
    return f"{named.deployment_name}.{named.build_id}" if named.build_id else ""
