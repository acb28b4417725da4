"""Temporal's frontend, by temporalio's service client."""

import asyncio
import gc
import re
import threading
from contextlib import AsyncExitStack
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.temporal import QueryTemporal, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.sources.deadline import LATE
from diagnose.sources.kubernetes.port_forward import DependencySource
from diagnose.sources.protocols import protocol_of
from diagnose.sources.source import answers

# The client's message where a gRPC server refused its first call.
_REFUSED_CALL = re.compile(
    r"call error after connection: Status \{ code: (?P<code>\w+), message: \"(?P<message>[^\"]*)"
)
_TRANSPORT = "source: Some(tonic::transport"
# Within which an answer is put together.
MARGIN_S = 0.25


@cache
def import_ahead() -> None:
    """Starts to import the client, which takes a third of a second, in the background."""
    threading.Thread(target=import_module, args=("temporalio.service",), daemon=True).start()


class TemporalSource(DependencySource):
    """Answers `QueryTemporal`."""

    @answers(QueryTemporal)
    def answer(self, query: QueryTemporal, timeout_s: float) -> TemporalAnswer:
        """Returns the answer of the frontend.

        Raises:
            NoAnswerError: there is none in time, or only what may be the port-forward's own trouble.
        """
        with self._reach(query.host, query.port, query.through, timeout_s) as reached:
            self._counter.probe()
            late, answer = "", TemporalAnswer(AnswerState.NO)
            try:
                answer = asyncio.run(_describe(reached.host, reached.port, query, timeout_s))
            except TimeoutError as error:
                late = str(error) or LATE
            if not answer.executions.asked:
                # What failed has the client in its traceback, whose connection would stay until the next collection.
                gc.collect()
            if late:
                reached.require_proof(late)
                raise NoAnswerError(f"Temporal at {query.host}:{query.port}: {late}")
            if answer.answered is AnswerState.NO:
                answer = msgspec.structs.replace(answer, speaks=protocol_of(reached.host, reached.port))
                if not answer.speaks:
                    reached.require_proof("no answer in gRPC, TLS or HTTP")
            if answer.answered is AnswerState.YES and reached.tunnel and reached.tunnel.problem:
                # The errors in the answer are those of a connection that broke.
                reached.require_proof(answer.detail)
            return answer


async def _describe(host: str, port: int, query: QueryTemporal, timeout_s: float) -> TemporalAnswer:
    from temporalio.service import RPCError

    from diagnose.sources.temporal.calls import connected

    ends_at = asyncio.get_running_loop().time() + timeout_s
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(connected(host, port, timeout_s / 2))
        except (RuntimeError, TimeoutError, RPCError) as error:
            return _of_refusal(str(error))
        return await _answer(client, query, ends_at)


async def _answer(client: Any, query: QueryTemporal, ends_at: float) -> TemporalAnswer:
    from diagnose.sources.temporal.descriptions import describe_queue, health_of, namespace_of

    async with asyncio.timeout_at(ends_at):
        (health, namespace), queues = await asyncio.gather(
            asyncio.gather(health_of(client), namespace_of(client, query.namespace)),
            asyncio.gather(*(describe_queue(client, query.namespace, name) for name in query.queues)),
        )
    answer = TemporalAnswer(AnswerState.YES, serving=health, namespace=namespace, queues=tuple(queues))
    if namespace != "exists":
        return answer
    return msgspec.structs.replace(answer, executions=await _executions(client, query, ends_at - MARGIN_S))


async def _executions(client: Any, query: QueryTemporal, ends_at: float) -> Executions:
    """Returns the executions; that they take too long does not hide what else the frontend answers."""
    from diagnose.sources.temporal.executions import query_executions

    try:
        async with asyncio.timeout_at(ends_at):
            return await query_executions(client, query.namespace, query.queues)
    except TimeoutError as error:
        return Executions(error=str(error) or LATE)


def _of_refusal(error: str) -> TemporalAnswer:
    """Interprets a failure to connect: a status is a gRPC answer."""
    status = _REFUSED_CALL.search(error)
    if status and _TRANSPORT not in error:
        return TemporalAnswer(AnswerState.YES, serving=f"{status['code']}: {status['message']}")
    return TemporalAnswer(AnswerState.NO, detail=error or "no gRPC answer in time")
