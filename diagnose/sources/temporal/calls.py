"""Calls of a Temporal frontend, each with its own limits."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import ConnectConfig, RPCError, RPCStatusCode, ServiceClient, TLSConfig

from diagnose.sources.temporal.credentials import Credentials, Over

CALL_S = 4.0
TOO_LARGE = "grpc: received message larger than max"
# Servers allow ten visibility calls a second for each namespace by default.
PAUSES_S = (0.5, 1.0, 1.0)
REPEATED: list[str] = []
"""The calls that were repeated since the last garbage collection: their errors have the client in their tracebacks."""
MESSAGE_LIMIT = 8 << 20
# How the messages of the client begin where no status of the server arrived.
BROKEN = ("transport error", "Timeout expired", "error reading a body", "connection error", "operation was canceled")


class NoReplyError(TimeoutError):
    """There is no whole reply to a call, which is no statement of the server; the message has the reason."""


@asynccontextmanager
async def connected(host: str, port: int, over: Over, timeout_s: float) -> AsyncIterator[ServiceClient]:
    """Yields a client of a frontend; its connection and its threads end with the context.

    Raises:
        RuntimeError, RPCError, TimeoutError: no connection in time (seconds).
    """
    os.environ.setdefault("TEMPORAL_MAX_INCOMING_GRPC_BYTES", str(MESSAGE_LIMIT))
    runtime = Runtime(telemetry=TelemetryConfig(logging=None))
    given = over.credentials if over.name else Credentials()
    config = ConnectConfig(
        target_host=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        runtime=runtime,
        tls=TLSConfig(
            domain=over.name,
            server_root_ca_cert=given.ca or None,
            client_cert=given.certificate or None,
            client_private_key=given.key or None,
        )
        if over.name
        else False,
        api_key=given.api_key or None,
        rpc_metadata={"temporal-namespace": over.namespace} if given.api_key else {},
    )
    client = await asyncio.wait_for(ServiceClient.connect(config), timeout_s)
    try:
        yield client
    finally:
        # It and its services refer to each other, so that they would stay until the next garbage collection.
        vars(client).clear()


def _is_throttled(error: RPCError) -> bool:
    """Whether a server takes no more calls at the moment."""
    return error.status is RPCStatusCode.RESOURCE_EXHAUSTED and not error.message.startswith(TOO_LARGE)


async def call(method: Callable[[Any], Awaitable[Any]], request: Any) -> Any:
    """Returns the reply to a request, which is repeated where the server limits how many it takes in a second.

    Raises:
        RPCError: the server refused it.
        NoReplyError: there is no whole reply in time.
    """
    name = type(request).__name__.removesuffix("Request")
    # The client's own limit ends with the headers of a reply.
    try:
        async with asyncio.timeout(CALL_S):
            for pause_s in (*PAUSES_S, None):
                try:
                    return await method(request)
                except RPCError as error:
                    if pause_s is None or not _is_throttled(error):
                        raise
                    REPEATED.append(name)
                await asyncio.sleep(pause_s)
    except TimeoutError:
        raise NoReplyError(f"no answer to {name} within {CALL_S:.0f} s") from None
    except RPCError as error:
        if error.message.startswith(BROKEN):
            raise NoReplyError(f"no answer to {name}: {error.message}") from error
        raise
