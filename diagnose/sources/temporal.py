"""Temporal's frontend, by temporalio's own service client."""

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from diagnose.probes.dependencies import Answered, AskTemporal, Poller, Queue, TemporalAnswer
from diagnose.sources.counting import Counter
from diagnose.sources.tunnel import Tunnels


class TemporalSource:
    """Answers `AskTemporal`."""

    def __init__(self, tunnels: Tunnels, counter: Counter) -> None:
        self._tunnels = tunnels
        self._counter = counter

    def ask(self, question: AskTemporal, timeout_s: float) -> TemporalAnswer:
        """What the frontend says."""
        with ExitStack() as stack:
            address = f"{question.host}:{question.port}"
            if question.through:
                address = f"127.0.0.1:{stack.enter_context(self._tunnels.open(question.through))}"
            self._counter.probe()
            return asyncio.run(_describe(address, question, timeout_s))


async def _describe(address: str, question: AskTemporal, timeout_s: float) -> TemporalAnswer:
    from temporalio.service import ConnectConfig, RPCError, ServiceClient

    try:
        client = await asyncio.wait_for(ServiceClient.connect(ConnectConfig(target_host=address)), timeout_s / 2)
    except (RuntimeError, TimeoutError, RPCError) as error:
        return TemporalAnswer(Answered.NO, detail=str(error) or "no gRPC answer in time")
    (health, namespace), queues = await asyncio.gather(
        asyncio.gather(_health(client), _namespace(client, question.namespace)),
        asyncio.gather(*(_queue(client, question.namespace, name) for name in question.queues)),
    )
    return TemporalAnswer(Answered.YES, serving=health, namespace=namespace, queues=tuple(queues))


async def _health(client: Any) -> str:
    from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
    from temporalio.bridge.proto.health.v1 import HealthCheckRequest, HealthCheckResponse
    from temporalio.service import RPCError

    try:
        answer = await client.health_service.check(
            HealthCheckRequest(service="temporal.api.workflowservice.v1.WorkflowService")
        )
    except RPCError:
        # Some servers in front of Temporal have no health service, but answer the real one.
        try:
            await client.workflow_service.get_system_info(GetSystemInfoRequest())
        except RPCError as error:
            return str(error)
        return "SERVING"
    return HealthCheckResponse.ServingStatus.Name(answer.status)


async def _namespace(client: Any, name: str) -> str:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.service import RPCError, RPCStatusCode

    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=name))
    except RPCError as error:
        return "missing" if error.status is RPCStatusCode.NOT_FOUND else f"{error.status.name}: {error.message}"
    return "exists"


async def _queue(client: Any, namespace: str, name: str) -> Queue:
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
    from temporalio.service import RPCError

    request = DescribeTaskQueueRequest(
        namespace=namespace,
        task_queue=TaskQueue(name=name),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        report_stats=True,
    )
    try:
        answer = await client.workflow_service.describe_task_queue(request)
    except RPCError as error:
        return Queue(name, error=f"{error.status.name}: {error.message}")
    pollers = tuple(
        Poller(each.identity, datetime.fromtimestamp(each.last_access_time.seconds, UTC)) for each in answer.pollers
    )
    return Queue(name, pollers, answer.stats.approximate_backlog_count)
