"""What a Temporal frontend answers about itself, a namespace and a task queue."""

import asyncio
from typing import Any

import msgspec
from temporalio.api.enums.v1 import DescribeTaskQueueMode, RateLimitSource, TaskQueueType, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueVersionSelection
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
    ListNamespacesRequest,
)
from temporalio.bridge.proto.health.v1 import HealthCheckRequest, HealthCheckResponse
from temporalio.service import RPCError, RPCStatusCode

from diagnose.queries.temporal import Poller, Queue, RateLimit
from diagnose.sources.temporal.calls import call
from diagnose.sources.temporal.values import name_of, seconds_of, time_of

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
UNVERSIONED = "__unversioned__"
SYSTEM = "temporal-system"
MOST_NAMESPACES = 200
KINDS = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
LIMITED_BY = {
    RateLimitSource.RATE_LIMIT_SOURCE_API: "queue",
    RateLimitSource.RATE_LIMIT_SOURCE_WORKER: "worker",
    RateLimitSource.RATE_LIMIT_SOURCE_SYSTEM: "server",
}
# What the server lists for a poller without a limit.
UNLIMITED = 100_000


async def health_of(client: Any) -> str:
    """Returns the status of the frontend, or the error of the call for it."""
    try:
        answer = await call(client.health_service.check, HealthCheckRequest(service=SERVICE))
    except RPCError:
        # Some proxies have no health service but forward the other calls.
        try:
            await call(client.workflow_service.get_system_info, GetSystemInfoRequest())
        except RPCError as error:
            return f"{error.status.name}: {error.message}"
        return "SERVING"
    return name_of(HealthCheckResponse.ServingStatus, answer.status)


async def namespace_of(client: Any, name: str) -> str:
    """Returns "exists", "missing", or the error of describing a namespace; "" where its name is not known."""
    if not name:
        return ""
    try:
        await call(client.workflow_service.describe_namespace, DescribeNamespaceRequest(namespace=name))
    except RPCError as error:
        return "missing" if error.status is RPCStatusCode.NOT_FOUND else f"{error.status.name}: {error.message}"
    return "exists"


async def namespaces_of(client: Any) -> tuple[str, ...]:
    """Returns the names of the namespaces, without the server's own; none where they may not be listed."""
    try:
        answer = await call(client.workflow_service.list_namespaces, ListNamespacesRequest(page_size=MOST_NAMESPACES))
    except RPCError:
        return ()
    names = (each.namespace_info.name for each in answer.namespaces)
    return tuple(sorted(name for name in names if name != SYSTEM))


async def describe_queue(client: Any, namespace: str, name: str) -> Queue:
    """Returns a task queue with its pollers, or with the error of describing it."""
    try:
        answer, activities = await asyncio.gather(*(_one_kind(client, namespace, name, kind) for kind in KINDS))
        counts = await _counts_of(client, namespace, name, answer, activities)
    except RPCError as error:
        return Queue(name, error=f"{error.status.name}: {error.message}")
    return msgspec.structs.replace(
        counts,
        pollers=tuple(map(_poller, answer.pollers)),
        activity_pollers=tuple(map(_poller, activities.pollers)),
        version=_current_version(answer.versioning_info),
        limits=(*_limits("workflow", answer), *_limits("activity", activities)),
        **_ramping(answer.versioning_info),
    )


async def _one_kind(client: Any, namespace: str, name: str, kind: Any) -> Any:
    request = DescribeTaskQueueRequest(
        namespace=namespace,
        task_queue=TaskQueue(name=name),
        task_queue_type=kind,
        report_stats=True,
        report_config=True,
        include_task_queue_status=True,
    )
    return await call(client.workflow_service.describe_task_queue, request)


async def _counts_of(client: Any, namespace: str, name: str, answer: Any, activities: Any) -> Queue:
    """Returns a queue with the backlogs that the server reports.

    Since 1.28 they come with the pollers, since 1.25 in another mode; older servers count what one partition has.
    """
    if answer.HasField("stats") and activities.HasField("stats"):
        return _counted(name, [answer.stats], [activities.stats])
    if (stats := await _enhanced(client, namespace, name)) is not None:
        return _counted(name, *stats)
    if answer.HasField("task_queue_status") and activities.HasField("task_queue_status"):
        return Queue(
            name,
            backlog=answer.task_queue_status.backlog_count_hint,
            activities=activities.task_queue_status.backlog_count_hint,
            aged=False,
        )
    return Queue(name, counted=False)


async def _enhanced(client: Any, namespace: str, name: str) -> list[list[Any]] | None:
    """Returns the statistics of all versions of a queue by kind of task; None from a server that has none."""
    request = DescribeTaskQueueRequest(
        namespace=namespace,
        task_queue=TaskQueue(name=name),
        api_mode=DescribeTaskQueueMode.DESCRIBE_TASK_QUEUE_MODE_ENHANCED,
        versions=TaskQueueVersionSelection(unversioned=True, all_active=True),
        task_queue_types=KINDS,
        report_stats=True,
    )
    try:
        answer = await call(client.workflow_service.describe_task_queue, request)
    except RPCError:
        return None
    found = [[each.types_info[kind] for each in answer.versions_info.values() if kind in each.types_info]
             for kind in KINDS]  # fmt: skip
    if not all(found) or not all(each.HasField("stats") for of_kind in found for each in of_kind):
        return None
    return [[each.stats for each in of_kind] for of_kind in found]


def _counted(name: str, workflows: list[Any], activities: list[Any]) -> Queue:
    return Queue(
        name,
        backlog=sum(each.approximate_backlog_count for each in workflows),
        waited_s=max(seconds_of(each.approximate_backlog_age) for each in workflows),
        activities=sum(each.approximate_backlog_count for each in activities),
        activities_waited_s=max(seconds_of(each.approximate_backlog_age) for each in activities),
        add_rate=round(sum(each.tasks_add_rate for each in workflows), 2),
        dispatch_rate=round(sum(each.tasks_dispatch_rate for each in workflows), 2),
        activities_add_rate=round(sum(each.tasks_add_rate for each in activities), 2),
        activities_dispatch_rate=round(sum(each.tasks_dispatch_rate for each in activities), 2),
    )


def _poller(found: Any) -> Poller:
    """Returns a poller; the build ids of older servers, to which a worker opts in, are versions too."""
    options, capabilities = found.deployment_options, found.worker_version_capabilities
    version = ""
    if options.worker_versioning_mode == WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED:
        version = _version(options)
    elif capabilities.use_versioning:
        version = capabilities.build_id
    return Poller(
        found.identity,
        time_of(found.last_access_time),
        version,
        options.build_id or capabilities.build_id,
    )


def _limits(kind: str, answer: Any) -> tuple[RateLimit, ...]:
    """Returns the limit of a queue's dispatch rate."""
    if not answer.HasField("effective_rate_limit"):
        return _limits_of_older(kind, answer)
    effective, set_ = answer.effective_rate_limit, answer.config.queue_rate_limit
    limit = RateLimit(
        kind,
        round(effective.requests_per_second, 4),
        LIMITED_BY.get(effective.rate_limit_source, "server"),
        active=answer.stats.rate_limiting_active,
    )
    if limit.source != "queue" or not set_.HasField("metadata"):
        return (limit,)
    given = set_.metadata
    return (
        msgspec.structs.replace(limit, reason=given.reason, by=given.update_identity, since=time_of(given.update_time)),
    )


def _limits_of_older(kind: str, answer: Any) -> tuple[RateLimit, ...]:
    """Returns the limit as servers before 1.29 list it: with each poller, and for one partition of the queue."""
    own = [each.rate_per_second for each in answer.pollers if 0 < each.rate_per_second < UNLIMITED]
    if own:
        return (RateLimit(kind, round(min(own), 4), "worker"),)
    status = answer.task_queue_status
    return (RateLimit(kind, round(status.rate_per_second, 4), "server"),) if status.rate_per_second else ()


def _ramping(info: Any) -> dict[str, Any]:
    """Returns which version gets a part of the new workflows, and whether the others go to workers without one."""
    version = _version(info.ramping_deployment_version)
    share = info.ramping_version_percentage if version else 0.0
    return {"ramping": version, "ramping_share": share, "unversioned": str(info.current_version) == UNVERSIONED}


def _current_version(info: Any) -> str:
    """Returns the version that gets new workflows; older servers report it as one text."""
    text = str(info.current_version)
    return _version(info.current_deployment_version) or ("" if text == UNVERSIONED else text)


def _version(named: Any) -> str:
    return f"{named.deployment_name}.{named.build_id}" if named.build_id else ""
