"""Temporal's frontend, by temporalio's service client."""

import asyncio
import gc
import threading
import time
from contextlib import AsyncExitStack
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.temporal import QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.tls import Handshake
from diagnose.queries.workflow_executions import Executions
from diagnose.sources.deadline import LATE
from diagnose.sources.kubernetes.port_forward import DependencySource, Reached, Tunnels
from diagnose.sources.protocols import answers_http
from diagnose.sources.source import answers
from diagnose.sources.temporal.credentials import Credentials, Over
from diagnose.sources.tls import shake_hands
from diagnose.sources.usage import Counter
from diagnose.text.patterns import lazy

# The client's message where a gRPC server refused its first call.
_REFUSED_CALL = lazy(r"call error after connection: Status \{ code: (?P<code>\w+), message: \"(?P<message>[^\"]*)")
_NO_CONNECTION = lazy(r"ConnectError\(\"(?P<what>[^\"]{1,60})\".{0,200}?(?:message|error): \"(?P<why>[^\"]{1,200})")
_TRANSPORT = "source: Some(tonic::transport"
# Within which an answer is put together.
MARGIN_S = 0.25


@cache
def import_ahead() -> None:
    """Starts to import the client, which takes a third of a second, in the background."""
    threading.Thread(target=import_module, args=("temporalio.service",), daemon=True).start()


class TemporalSource(DependencySource):
    """Answers `QueryTemporal`."""

    def __init__(self, credentials: Credentials, tunnels: Tunnels, counter: Counter) -> None:
        super().__init__(tunnels, counter)
        self._credentials = credentials

    @answers(QueryTemporal)
    def answer(self, query: QueryTemporal, timeout_s: float) -> TemporalAnswer:
        """Returns the answer of the frontend.

        Raises:
            NoAnswerError: there is none in time, or only what may be the port-forward's own trouble.
        """
        self._require_same_server(query)
        ends_at = time.monotonic() + timeout_s
        with self._reach(query.host, query.port, query.through, timeout_s) as reached:
            self._counter.probe()
            encrypted = query.encrypted or self._credentials.encrypts
            answer = self._try(reached, query, encrypted, ends_at)
            if answer.answered is AnswerState.NO:
                answer = self._by_its_protocol(reached, query, answer, ends_at, encrypted=encrypted)
            if answer.answered is AnswerState.NO and not answer.speaks:
                reached.require_proof("no answer in gRPC, TLS or HTTP")
            if answer.answered is AnswerState.YES and reached.tunnel and reached.tunnel.problem:
                # The errors in the answer are those of a connection that broke.
                reached.require_proof(answer.detail)
            return answer

    def _by_its_protocol(
        self, reached: Reached, query: QueryTemporal, answer: TemporalAnswer, ends_at: float, *, encrypted: bool
    ) -> TemporalAnswer:
        """Returns the answer over the protocol that the server speaks, else which one that is, and why it failed."""
        handshake = shake_hands(reached.host, reached.port, self._name(query))
        if encrypted is (handshake is None):
            other = self._try(reached, query, not encrypted, ends_at)
            if other.answered is AnswerState.YES or handshake:
                answer = other
        if answer.answered is AnswerState.YES:
            return msgspec.structs.replace(answer, handshake=handshake)
        if handshake:
            detail = why_refused(answer.detail, handshake)
            return msgspec.structs.replace(answer, speaks="TLS", handshake=handshake, detail=detail)
        speaks = "HTTP/1.1" if answers_http(reached.host, reached.port) else ""
        return msgspec.structs.replace(answer, speaks=speaks)

    def _try(self, reached: Reached, query: QueryTemporal, encrypted: bool, ends_at: float) -> TemporalAnswer:
        name = self._name(query) if encrypted else ""
        over = Over(name=name, credentials=self._credentials, namespace=query.namespace)
        late, answer = "", TemporalAnswer(AnswerState.NO)
        try:
            answer = asyncio.run(_describe(reached, query, over, ends_at - time.monotonic()))
        except TimeoutError as error:
            late = str(error) or LATE
        if not answer.executions.asked:
            # What failed has the client in its traceback, whose connection would stay until the next collection.
            gc.collect()
        if late:
            reached.require_proof(late)
            raise NoAnswerError(f"Temporal at {query.host}:{query.port}: {late}")
        return msgspec.structs.replace(answer, encrypted=encrypted)

    def _name(self, query: QueryTemporal) -> str:
        """Returns the name that the certificate must have, also through a port-forward."""
        return self._credentials.server_name or query.server_name or query.host.rstrip(".")

    def _require_same_server(self, query: QueryTemporal) -> None:
        """Requires that credentials of another server are not used for this one."""
        own = self._credentials.address
        if own and own.rpartition("://")[2] != f"{query.host}:{query.port}":
            raise NoAnswerError(
                f"Temporal at {query.host}:{query.port}: the environment of diagnose is set to {own}; "
                "--temporal-address states that it is the worker's"
            )


_CERTIFICATE = {
    "UnknownIssuer": "diagnose does not trust its issuer, {issuer}; give the file by --temporal-tls-ca",
    "Expired": "its certificate has expired",
    "NotValidYet": "its certificate is not valid yet",
    "NotValidForName": "its certificate is for {names}",
}


def why_refused(error: str, handshake: Handshake) -> str:
    """Returns why a connection over TLS failed."""
    if handshake.wants_certificate:
        return "it requires a client certificate; give yours by --temporal-tls-cert and --temporal-tls-key"
    issuer, names = handshake.issuer or "an unnamed authority", ", ".join(handshake.names[:3]) or "another name"
    found = (text for part, text in _CERTIFICATE.items() if part in error)
    return next(found, error).format(issuer=issuer, names=names)


async def _describe(reached: Reached, query: QueryTemporal, over: Over, timeout_s: float) -> TemporalAnswer:
    from temporalio.service import RPCError

    from diagnose.sources.temporal.calls import REPEATED, connected

    ends_at = asyncio.get_running_loop().time() + timeout_s
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(connected(reached.host, reached.port, over, max(timeout_s / 2, 0)))
        except (RuntimeError, TimeoutError, RPCError) as error:
            return _of_refusal(str(error))
        answer = await _answer(client, query, ends_at)
    if REPEATED:
        REPEATED.clear()
        gc.collect()
    return answer


async def _answer(client: Any, query: QueryTemporal, ends_at: float) -> TemporalAnswer:
    from diagnose.sources.temporal.descriptions import health_of, namespace_of, namespaces_of

    async with asyncio.timeout_at(ends_at):
        health, namespace, queues = await asyncio.gather(
            health_of(client), namespace_of(client, query.namespace), _queues(client, query)
        )
        names = await namespaces_of(client) if namespace == "missing" else ()
    answer = TemporalAnswer(AnswerState.YES, serving=health, namespace=namespace, namespaces=names, queues=queues)
    if namespace != "exists" or not query.queues:
        return answer
    return await _with_executions(client, query, answer, ends_at - MARGIN_S)


async def _queues(client: Any, query: QueryTemporal) -> tuple[Queue, ...]:
    """Returns the queues of the query, else those that the server knows of."""
    from diagnose.sources.temporal.descriptions import describe_queue
    from diagnose.sources.temporal.task_queues import find_queues

    names = query.queues
    if not names and query.namespace:
        names = await find_queues(client, query.namespace)
    described = (describe_queue(client, query.namespace, name) for name in names)
    return tuple(await asyncio.gather(*described))


async def _with_executions(client: Any, query: QueryTemporal, answer: TemporalAnswer, ends_at: float) -> TemporalAnswer:
    """Returns the answer with executions and other queues; that they take too long does not hide the rest of it."""
    from diagnose.sources.temporal.executions import query_executions

    try:
        async with asyncio.timeout_at(ends_at):
            found = await query_executions(client, query.namespace, query.queues)
    except TimeoutError as error:
        return msgspec.structs.replace(answer, executions=Executions(error=str(error) or LATE))
    return msgspec.structs.replace(
        answer, executions=found.executions, waiting=found.waiting, activity_queues=found.activity_queues
    )


def _of_refusal(error: str) -> TemporalAnswer:
    """Interprets a failure to connect: a status is a gRPC answer."""
    status = _REFUSED_CALL.search(error)
    if status and _TRANSPORT not in error:
        return TemporalAnswer(AnswerState.YES, serving=f"{status['code']}: {status['message']}")
    named = _NO_CONNECTION.search(error)
    detail = f"{named['what']}: {named['why']}" if named else error
    return TemporalAnswer(AnswerState.NO, detail=detail or "no gRPC answer in time")
