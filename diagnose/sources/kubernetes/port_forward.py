"""Port-forwards through the Kubernetes API."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from diagnose.queries.query import NoAnswerError, PodPort
from diagnose.sources.kubernetes.api import ClusterSource
from diagnose.sources.kubernetes.exec import refusal_of
from diagnose.sources.usage import Counter

CHUNK = 1 << 16


class Tunnels(ClusterSource):
    """Opens port-forwards."""

    @contextmanager
    def open(self, end: PodPort) -> Iterator[int]:
        """Yields a local port that is forwarded to the pod while the context lasts.

        Raises:
            NoAnswerError: pods/portforward is refused or the pod is gone.
        """
        first = self._connect(end)
        with socket.create_server(("127.0.0.1", 0)) as server:
            accepting = threading.Thread(target=self._serve, args=(server, end, first), daemon=True)
            accepting.start()
            yield server.getsockname()[1]

    def _serve(self, server: socket.socket, end: PodPort, first: Any) -> None:
        waiting = first
        while True:
            try:
                local, _ = server.accept()
                remote = waiting or self._connect(end)
            except (OSError, NoAnswerError):
                return
            waiting = None
            for source, sink in ((local, remote), (remote, local)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def _connect(self, end: PodPort) -> Any:
        from kubernetes.client.rest import ApiException
        from kubernetes.stream import ws_client

        self._counter.api()
        client = self._cluster.client
        headers = self._websocket_headers()
        url = f"{client.configuration.host}/api/v1/namespaces/{end.namespace}/pods/{end.pod}/portforward"
        try:
            forward = ws_client.portforward_call(
                client.configuration, "GET", url, query_params=[("ports", str(end.port))], headers=headers
            )
        except (ApiException, OSError) as error:
            cause = error.__context__ if isinstance(error.__context__, Exception) else error
            raise NoAnswerError(f"port-forward to pod {end.pod}:{end.port}: {refusal_of(cause)}") from error
        connection = forward.socket(end.port)
        connection.setblocking(True)
        return connection


class DependencySource:
    """A source that queries dependencies of the worker, directly or through port-forwards."""

    def __init__(self, tunnels: Tunnels, counter: Counter) -> None:
        self._tunnels = tunnels
        self._counter = counter


def reached_by(tunnels: Tunnels, stack: ExitStack, address: str, through: PodPort | None) -> str:
    """Returns the address of Vault: the local end of a port-forward for the lifetime of the stack, or its own."""
    if through is None:
        return os.environ.get("VAULT_ADDR") or address
    scheme = address.partition("://")[0] or "http"
    return f"{scheme}://127.0.0.1:{stack.enter_context(tunnels.open(through))}"


def _pump(source: Any, sink: Any) -> None:
    try:
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
    except OSError:
        pass  # one side closed the connection: the other one is closed below
    for end in (source, sink):
        with suppress(OSError):
            end.close()
