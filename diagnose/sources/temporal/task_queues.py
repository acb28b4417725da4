"""The task queues of a Temporal namespace, which no call lists: those of its workers and of its executions."""

import asyncio
from collections.abc import Iterable
from typing import Any

from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.service import RPCError

from diagnose.queries.temporal import Queue
from diagnose.sources.temporal.calls import call
from diagnose.sources.temporal.descriptions import describe_queue
from diagnose.sources.temporal.schedules import LISTED, list_executions

DESCRIBED, OTHERS = 30, 8


async def find_queues(client: Any, namespace: str) -> tuple[str, ...]:
    """Returns the names of queues, at most so many as may be described; none from a server that lists nothing."""
    found = await asyncio.gather(
        _of_workers(client, namespace),
        _of_executions(client, namespace, "ExecutionStatus = 'Running'"),
        _of_executions(client, namespace, ""),
    )
    return tuple(dict.fromkeys(name for names in found for name in names if name))[:DESCRIBED]


async def waiting_queues(
    client: Any, namespace: str, running: Iterable[str], known: tuple[str, ...]
) -> tuple[Queue, ...]:
    """Returns queues of running executions in which tasks wait, other than those that are known."""
    others = [name for name in dict.fromkeys(running) if name and name not in known][:OTHERS]
    described = await asyncio.gather(*(describe_queue(client, namespace, name) for name in others))
    return tuple(each for each in described if each.backlog or each.activities)


async def _of_workers(client: Any, namespace: str) -> Iterable[str]:
    """Returns the queues of workers that send heartbeats, as newer SDKs do where the server takes them."""
    request = ListWorkersRequest(namespace=namespace, page_size=LISTED)
    try:
        answer = await call(client.workflow_service.list_workers, request)
    except RPCError:
        return ()
    listed = [each.worker_heartbeat.task_queue for each in answer.workers_info]
    return (*listed, *(each.task_queue for each in answer.workers))


async def _of_executions(client: Any, namespace: str, query: str) -> Iterable[str]:
    try:
        return [each.task_queue for each in await list_executions(client, namespace, query)]
    except RPCError:
        return ()
