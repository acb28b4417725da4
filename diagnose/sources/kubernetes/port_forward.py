"""Port-forwards through the Kubernetes API, whose own trouble is never that of the server behind them."""

import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import msgspec

from diagnose.queries.query import NoAnswerError, PodPort
from diagnose.sources.deadline import LATE
from diagnose.sources.kubernetes.api import ClusterSource, path_to
from diagnose.sources.kubernetes.websocket import BrokenStreamError, StreamError, WebSocket, connect
from diagnose.sources.protocols import answers_http
from diagnose.sources.usage import Counter
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

CHUNK = 1 << 16
# The largest answer, that of Temporal with all its lists, has a few megabytes.
FORWARDED_LIMIT = 32 << 20
DETAIL = 200
REFUSED = "connection refused"
CLOSING_S = 2.0
_DATA, _ERROR = 0, 1


class _Connection(msgspec.Struct, eq=False):
    """A local connection and the WebSocket that carries it; each of its channels begins with the number of the port."""

    local: socket.socket
    remote: WebSocket
    port: int
    begun: set[int] = msgspec.field(default_factory=set)

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.remote.close()
        self.local.close()

    def forward(self) -> bool:
        """Forwards what the local side has sent; whether it goes on.

        Raises:
            StreamError: the port-forward ended or broke.
        """
        try:
            chunk = self.local.recv(CHUNK)
        except OSError:
            return False
        try:
            if chunk:
                self.remote.send(bytes([_DATA]) + chunk)
        except BrokenStreamError:
            # What the pod sent before it closed is still there, up to its reason.
            while True:
                self.back()
        return bool(chunk)

    def back(self) -> bool:
        """Returns what the pod has sent to the local side; whether it goes on.

        Raises:
            StreamError: the port-forward ended or broke.
        """
        received = bytearray()
        try:
            for message in self.remote.received():
                received += self._data_of(message)
        finally:
            # In one piece, however small the messages are; also before an error, which may be the server's answer.
            with suppress(OSError):
                self.local.sendall(received)
        if self.remote.closed:
            raise StreamError("the connection was closed at the other end")
        return True

    def _data_of(self, message: bytes) -> bytes:
        """Returns what a message has for the local side."""
        channel, data = message[:1], message[1:]
        if channel and channel[0] not in self.begun:
            self.begun.add(channel[0])
            if data != self.port.to_bytes(2, "little"):
                raise StreamError("no valid answer: the server sent something else than the number of the port")
            return b""
        if channel == bytes([_ERROR]):
            raise StreamError(_reason(data))
        if channel not in {b"", bytes([_DATA])}:
            raise StreamError(f"no valid answer: the server sent something on channel {message[0]}")
        return data


def _reason(data: bytes) -> str:
    """Returns the error of a kubelet, whose message has its reason at the end, after ids and namespaces."""
    text = one_line(data.decode(errors="replace"))
    return "nothing listens on the port (connection refused)" if REFUSED in text else truncate(text, DETAIL)


class Tunnel:
    """A local port that is forwarded to a pod.

    Attributes:
        port: the local port.
        problem: what ended a connection while it was in use; "" where nothing did.
    """

    def __init__(self, end: PodPort, server: socket.socket, dial: Callable[[], WebSocket]) -> None:
        self.port: int = server.getsockname()[1]
        self.problem = ""
        self._end = end
        self._server = server
        self._dial = dial
        self._connections: list[_Connection] = []

    def failure(self, detail: str) -> NoAnswerError:
        """Returns the error for a server of which nothing arrived that proves its protocol."""
        return NoAnswerError(f"port-forward to pod {self._end.pod}:{self._end.port}: {self.problem or detail}")

    def serve(self, until: socket.socket, ends_at: float) -> None:
        """Accepts and carries connections until the other end of a socket is closed, or the time is over."""
        with selectors.DefaultSelector() as ready, ExitStack() as stack:
            ready.register(self._server, selectors.EVENT_READ)
            ready.register(until, selectors.EVENT_READ)
            while True:
                events = ready.select(max(ends_at - time.monotonic(), 0))
                if not events:
                    self.problem = self.problem or LATE
                if not events or any(key.fileobj is until for key, _ in events):
                    return
                for key, _ in events:
                    if key.fileobj is self._server:
                        self._accept(ready, stack)
                    else:
                        self._carry(ready, *key.data)

    def interrupt(self) -> None:
        """Ends all connections, also for the thread that waits for one."""
        _close([each.remote for each in self._connections])

    def _accept(self, ready: selectors.BaseSelector, stack: ExitStack) -> None:
        try:
            local, _ = self._server.accept()
            try:
                connection = stack.enter_context(_Connection(local, self._dial(), self._end.port))
            except BaseException:
                local.close()
                raise
        except (StreamError, NoAnswerError, OSError) as error:
            self.problem = self.problem or str(error)
            return
        self._connections.append(connection)
        ready.register(connection.local, selectors.EVENT_READ, (connection, connection.forward))
        ready.register(connection.remote, selectors.EVENT_READ, (connection, connection.back))
        self._carry(ready, connection, lambda: True)

    def _carry(self, ready: selectors.BaseSelector, connection: _Connection, carry: Callable[[], bool]) -> None:
        """Carries what one side has sent, and closes the connection at its end."""
        if connection not in self._connections:
            return  # ended by the other of its two sides
        try:
            goes_on = carry()
            while goes_on and connection.remote.pending:
                goes_on = connection.back()
        except StreamError as error:
            self.problem = self.problem or str(error)
            goes_on = False
        if not goes_on:
            ready.unregister(connection.local)
            ready.unregister(connection.remote)
            self._connections.remove(connection)
            connection.__exit__()


def _close(streams: list[WebSocket]) -> None:
    for each in streams:
        each.close()


class Tunnels(ClusterSource):
    """Opens port-forwards."""

    @contextmanager
    def open(self, end: PodPort, timeout_s: float) -> Iterator[Tunnel]:
        """Yields a local port that is forwarded to the pod while the context lasts, at most for a time (seconds).

        Raises:
            NoAnswerError: pods/portforward is refused or the pod is gone.
        """
        ends_at = time.monotonic() + timeout_s
        with ExitStack() as stack:
            try:
                first = [self._connect(end, ends_at)]
            except StreamError as error:
                raise NoAnswerError(f"port-forward to pod {end.pod}:{end.port}: {error}") from error
            stack.callback(_close, first)
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            until, use = socket.socketpair()
            stack.enter_context(until)
            tunnel = Tunnel(end, server, lambda: first.pop() if first else self._connect(end, ends_at))
            serving = threading.Thread(target=tunnel.serve, args=(until, ends_at), daemon=True)
            serving.start()
            stack.callback(serving.join, CLOSING_S)
            stack.callback(tunnel.interrupt)
            stack.enter_context(use)
            yield tunnel

    def _connect(self, end: PodPort, ends_at: float) -> WebSocket:
        self._counter.api()
        path = path_to("/api/v1", end.namespace, "pods", end.pod, "portforward")
        parameters = [("ports", str(end.port))]
        return connect(self._cluster.server, path, parameters, ends_at=ends_at, limit=FORWARDED_LIMIT)


class Reached(msgspec.Struct, frozen=True):
    """Where a server is reached: its own address, or the local end of a port-forward to it."""

    host: str
    port: int
    tunnel: Tunnel | None = None

    def require_proof(self, detail: str) -> None:
        """Requires that no port-forward is between here and a server of which nothing is known.

        Raises:
            NoAnswerError: there is one, so that the trouble may be its own.
        """
        if self.tunnel:
            raise self.tunnel.failure(detail)

    def require_http(self, detail: str) -> None:
        """Requires that a server behind a port-forward speaks HTTP, where its answer was in no protocol that it should.

        Raises:
            NoAnswerError: it does not, so that the answer may be that of something in between.
        """
        if self.tunnel and not answers_http(self.host, self.port):
            raise self.tunnel.failure(detail)


class DependencySource:
    """A source that queries dependencies of the worker, directly or through port-forwards."""

    def __init__(self, tunnels: Tunnels, counter: Counter) -> None:
        self._tunnels = tunnels
        self._counter = counter

    @contextmanager
    def _reach(self, host: str, port: int, through: PodPort | None, timeout_s: float) -> Iterator[Reached]:
        """Yields where a server is reached while the context lasts.

        Raises:
            NoAnswerError: the port-forward is refused.
        """
        if through is None:
            yield Reached(host, port)
            return
        with self._tunnels.open(through, timeout_s) as tunnel:
            yield Reached("127.0.0.1", tunnel.port, tunnel)

    @contextmanager
    def _reach_url(self, url: str, through: PodPort | None, timeout_s: float) -> Iterator[tuple[str, Reached]]:
        """Yields the URL of a server where it is reached while the context lasts."""
        scheme = url.partition("://")[0] if "://" in url else "http"
        with self._reach("", 0, through, timeout_s) as reached:
            yield (f"{scheme}://{reached.host}:{reached.port}" if through else url), reached
