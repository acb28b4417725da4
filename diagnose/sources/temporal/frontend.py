"""Temporal's frontend, by temporalio's service client."""

import asyncio
import re
import ssl
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any

from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import Poller, QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.sources.kubernetes.port_forward import DependencySource
from diagnose.sources.source import answers

# The client's message where a gRPC server refused its first call.
_REFUSED_CALL = re.compile(
    r"call error after connection: Status \{ code: (?P<code>\w+), message: \"(?P<message>[^\"]*)"
)
_TRANSPORT = "source: Some(tonic::transport"
GREETING_S = 2.0


@cache
def import_ahead() -> None:
    """Starts to import the client, which takes a third of a second, in the background."""
    threading.Thread(target=import_module, args=("temporalio.service",), daemon=True).start()


class TemporalSource(DependencySource):
    """Answers `QueryTemporal`."""

    @answers(QueryTemporal)
    def answer(self, query: QueryTemporal, timeout_s: float) -> TemporalAnswer:
        """Returns the answer of the frontend."""
        with ExitStack() as stack:
            host, port = query.host, query.port
            if query.through:
                host, port = "127.0.0.1", stack.enter_context(self._tunnels.open(query.through))
            self._counter.probe()
            return asyncio.run(_describe(host, port, query, timeout_s))


async def _describe(host: str, port: int, query: QueryTemporal, timeout_s: float) -> TemporalAnswer:
    from temporalio.service import ConnectConfig, RPCError, ServiceClient

    from diagnose.sources.temporal.executions import query_executions

    config = ConnectConfig(target_host=f"{host}:{port}")
    try:
        client = await asyncio.wait_for(ServiceClient.connect(config), timeout_s / 2)
    except (RuntimeError, TimeoutError, RPCError) as error:
        return await _of_refusal(host, port, str(error))
    (health, namespace), queues = await asyncio.gather(
        asyncio.gather(_health(client), _namespace(client, query.namespace)),
        asyncio.gather(*(_queue(client, query.namespace, name) for name in query.queues)),
    )
    exists = namespace == "exists"
    executions = await query_executions(client, query.namespace, query.queues) if exists else Executions()
    return TemporalAnswer(
        AnswerState.YES, serving=health, namespace=namespace, queues=tuple(queues), executions=executions
    )


async def _of_refusal(host: str, port: int, error: str) -> TemporalAnswer:
    """Interprets a failure to connect: a status is a gRPC answer, otherwise other protocols are tried."""
    status = _REFUSED_CALL.search(error)
    if status and _TRANSPORT not in error:
        return TemporalAnswer(AnswerState.YES, serving=f"{status['code']}: {status['message']}")
    detail = error or "no gRPC answer in time"
    return TemporalAnswer(AnswerState.NO, detail=detail, speaks=await _speaks(host, port))


async def _speaks(host: str, port: int) -> str:
    """Returns the protocol of a port that does not answer plaintext gRPC."""
    # HTTP first: some TLS servers answer plain HTTP with an error.
    if await _answers_tls(host, port):
        return "TLS"
    return "HTTP/1.1" if await _answers_http(host, port) else ""


async def _answers_http(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), GREETING_S)
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.read(64), GREETING_S)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return head.startswith(b"HTTP/1.")


async def _answers_tls(host: str, port: int) -> bool:
    """Whether a server answers a TLS handshake; the certificate is not verified."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=context), GREETING_S)
    except ssl.SSLError as error:
        # An alert, such as for a missing client certificate, is TLS, too.
        return "ALERT" in (error.reason or "")
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
    return True


async def _health(client: Any) -> str:
    from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
    from temporalio.bridge.proto.health.v1 import HealthCheckRequest, HealthCheckResponse
    from temporalio.service import RPCError

    try:
        answer = await client.health_service.check(
            HealthCheckRequest(service="temporal.api.workflowservice.v1.WorkflowService")
        )
    except RPCError:
        # Some proxies have no health service but forward the other calls.
        try:
            await client.workflow_service.get_system_info(GetSystemInfoRequest())
        except RPCError as error:
            return f"{error.status.name}: {error.message}"
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
    from temporalio.service import RPCError

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
        version=_version(answer.versioning_info.current_deployment_version),
        add_rate=round(answer.stats.tasks_add_rate, 2),
        dispatch_rate=round(answer.stats.tasks_dispatch_rate, 2),
        activities_add_rate=round(activities.stats.tasks_add_rate, 2),
        activities_dispatch_rate=round(activities.stats.tasks_dispatch_rate, 2),
    )


async def _one_kind(client: Any, namespace: str, name: str, kind: Any) -> Any:
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    request = DescribeTaskQueueRequest(
        namespace=namespace, task_queue=TaskQueue(name=name), task_queue_type=kind, report_stats=True
    )
    return await client.workflow_service.describe_task_queue(request)


def _version(named: Any) -> str:
    return f"{named.deployment_name}.{named.build_id}" if named.build_id else ""
