"""The stand-in API server: healthy answers from a capture, each of which a fault may replace, delay, cut or flood."""

import json
import socket
import struct
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.hostile import websocket
from tests.hostile.capture import Capture, later_seconds, load, program_of
from tests.hostile.objects import Answer, absent, answer, parse
from tests.hostile.tunnels import Server, server_of

CONTEXT = "stand-in"
# Where redirects lead to: a request there has followed one, with the credentials of this cluster.
ELSEWHERE = "/elsewhere"
V4 = "v4.channel.k8s.io"
STDOUT, STATUS_CHANNEL = 1, 3


@dataclass(frozen=True)
class Request:
    """A request to the API.

    Attributes:
        kind: "list", "get", "log", "exec", "port-forward", "review" or "other".
        label: the request for people, such as "list pods msp" or "log msp/web-1/app".
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    kind: str
    label: str


class GoneError(Exception):
    """The client has closed the connection, or the stand-in ends."""


class Wire:
    """A connection to a client; raises GoneError as soon as nobody is there."""

    def __init__(self, connection: socket.socket, stop: threading.Event) -> None:
        self._connection = connection
        self._stop = stop
        self.is_open = True

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        if self._stop.is_set() or not self.is_open:
            raise GoneError
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise GoneError from error

    def receive(self) -> bytes:
        """Returns the next bytes, waiting for them."""
        try:
            data = self._connection.recv(1 << 16)
        except OSError as error:
            raise GoneError from error
        if not data:
            raise GoneError
        return data

    def wait(self, seconds: float) -> None:
        """Waits, at most until the stand-in ends."""
        if self._stop.wait(seconds):
            raise GoneError

    def wait_for_end(self) -> None:
        """Waits until the client closes the connection; what it sends is dropped."""
        while True:
            self.receive()

    def close(self) -> None:
        """Closes the connection."""
        self.is_open = False
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def reset(self) -> None:
        """Closes the connection by RST."""
        self.is_open = False
        with suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


@dataclass
class Exchange:
    """A request that is to be answered.

    Attributes:
        times: how often the same was requested before.
    """

    request: Request
    wire: Wire
    capture: Capture
    times: int = 0

    def answer(self) -> Answer:
        """Returns the healthy answer of HTTP."""
        request = self.request
        if request.kind == "review":
            review = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1"}
            return Answer(201, json.dumps(review | {"status": {"allowed": True}}).encode())
        if request.method != "GET":
            return absent()
        return answer(self.capture, request.path, request.query, request.headers.get("accept", ""))

    def send(self, given: Answer) -> None:
        """Sends an answer as it should be."""
        self.wire.send(head(given, {"Content-Length": str(len(given.body))}) + given.body)

    def proceed(self) -> None:
        """Answers as a healthy cluster."""
        match self.request.kind:
            case "exec":
                self.handshake()
                for frame in self.exec_frames():
                    self.wire.send(frame)
                self.wire.send(websocket.close_frame(1000))
                self.wire.close()
            case "port-forward":
                self.handshake()
                self.open_port()
                self.tunnel()
            case _:
                self.send(self.answer())

    def handshake(self, protocol: str = V4) -> None:
        """Accepts the WebSocket."""
        key = websocket.accept_key(self.request.headers["sec-websocket-key"])
        self.wire.send(
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {key}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
            ).encode()
        )

    def exec_frames(self) -> list[bytes]:
        """Returns the frames that the command sends in a healthy container."""
        return [websocket.frame(bytes((channel,)) + text.encode()) for channel, text in self.exec_output()]

    def exec_output(self) -> list[tuple[int, str]]:
        """Returns what the command prints in a healthy container, by channel."""
        path, program = parse(self.request.path), program_of(self.request.query["command"])
        assert path is not None
        for each in self.capture.execs:
            where = (each.namespace, each.pod, each.container, each.program)
            if where == (path.namespace, path.name, self.request.query["container"], program):
                return [(channel, later_seconds(text, each.at)) for channel, text in each.frames]
        message = f'exec: "{program}": executable file not found in $PATH'
        plain = {"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500}
        return [(STATUS_CHANNEL, json.dumps(plain))]

    @property
    def port(self) -> int:
        """The port that is to be forwarded."""
        return int(self.request.query["ports"])

    def open_port(self) -> None:
        """Announces both channels of the port."""
        for channel in (0, 1):
            self.wire.send(websocket.frame(bytes((channel,)) + self.port.to_bytes(2, "little")))

    def tunnel(self, servers: Callable[[Capture, int, bytes], Server] = server_of) -> None:
        """Serves what is at the end of a port-forward until the client closes it; the first bytes choose the server."""
        frames = websocket.Frames()
        server: Server | None = None
        while True:
            for opcode, payload in frames.feed(self.wire.receive()):
                if opcode == websocket.CLOSE:
                    self.wire.close()
                    return
                if opcode != websocket.BINARY or payload[:1] != b"\0":
                    continue
                server = server or servers(self.capture, self.port, payload[1:])
                if data := server.feed(payload[1:]):
                    self.wire.send(websocket.frame(b"\0" + data))


Fault = Callable[[Exchange], None]


def head(given: Answer, headers: dict[str, str], version: str = "1.1") -> bytes:
    """Returns the head of a response."""
    every = {
        "Content-Type": given.content_type,
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        **given.headers,
        **headers,
    }
    reason = HTTPStatus(given.status).phrase if given.status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/{version} {given.status} {reason}", *(f"{name}: {value}" for name, value in every.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def kubeconfig(url: str) -> str:
    """Returns a kubeconfig for an API server without credentials."""
    plain = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": {"server": url}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        "users": [{"name": CONTEXT, "user": {"token": "made-up-token"}}],
    }
    return json.dumps(plain, indent=1)


@dataclass
class StandIn:
    """A stand-in API server.

    Attributes:
        fault: what is done to the requests that `on` chooses, instead of answering them.
        requests: everything that was requested.
        errors: what went wrong in the stand-in itself.
    """

    capture: Capture = field(default_factory=load)
    fault: Fault | None = None
    on: Callable[[Request], bool] = lambda _: True
    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def serve(self) -> Iterator[Path]:
        """Serves, and yields the kubeconfig for it."""
        with socket.create_server(("127.0.0.1", 0), backlog=64) as server, tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "kubeconfig"
            config.write_text(kubeconfig(f"http://127.0.0.1:{server.getsockname()[1]}"), encoding="utf-8")
            accepting = threading.Thread(target=self._accept, args=(server,), daemon=True)
            accepting.start()
            try:
                yield config
            finally:
                self._stop.set()
                with suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
        accepting.join(5)

    def _accept(self, server: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        wire = Wire(connection, self._stop)
        try:
            while wire.is_open:
                self._answer(_read(wire), wire)
        except GoneError:
            pass  # the usual end of a connection
        except Exception:  # noqa: BLE001 - a test fails by it
            self.errors.append(traceback.format_exc())
        finally:
            wire.close()

    def _answer(self, request: Request, wire: Wire) -> None:
        with self._lock:
            times = sum(each.label == request.label for each in self.requests)
            self.requests.append(request)
        exchange = Exchange(request, wire, self.capture, times)
        if self.fault and self.on(request):
            self.fault(exchange)
        else:
            exchange.proceed()


def _read(wire: Wire) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        data += wire.receive()
    text, _, body = data.partition(b"\r\n\r\n")
    first, *lines = text.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += wire.receive()
    method, target, _ = first.split(" ", 2)
    url = urlsplit(target)
    query = dict(reversed(parse_qsl(url.query)))  # of "command" the first
    return Request(method, url.path, query, headers, *_kind(method, url.path, query))


def _kind(method: str, path: str, query: dict[str, str]) -> tuple[str, str]:
    found = parse(path)
    if path.endswith("selfsubjectaccessreviews"):
        return "review", "review"
    if method != "GET" or found is None or not found.plural:
        return "other", f"{method} {path}"
    plural = found.plural
    if found.group.startswith("/apis/metrics.k8s.io"):
        plural += ".metrics.k8s.io"
    where = f"{found.namespace}/{found.name}"
    match found.sub:
        case "log":
            previous = " previous" if query.get("previous") == "true" else ""
            return "log", f"log {where}/{query.get('container', '')}{previous}"
        case "exec":
            return "exec", f"exec {where}/{query.get('container', '')}"
        case "portforward":
            return "port-forward", f"port-forward {where}:{query.get('ports', '')}"
        case _:
            pass
    if found.name:
        return "get", f"get {plural} {where}"
    return "list", f"list {plural} {found.namespace}".strip()
