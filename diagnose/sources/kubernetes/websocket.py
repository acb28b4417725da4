"""WebSockets to the API server, bounded in time and bytes, whatever the server sends.

The client libraries buffer what arrives without a limit, and wait for each piece of it anew. Only what the API server
uses of RFC 6455 is here: binary messages, pings and the end.
"""

import base64
import hashlib
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from enum import IntEnum
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from diagnose.queries.query import ForbiddenError, NoAnswerError
from diagnose.sources.deadline import LATE
from diagnose.sources.kubernetes.api import (
    TRANSIENT,
    TransientError,
    missing_right,
    repeated,
    seconds_of,
    status_of,
)
from diagnose.sources.kubernetes.server import ApiServer
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

PROTOCOL = "v4.channel.k8s.io"
CHUNK = 1 << 16
HEAD_LIMIT = 1 << 16
REFUSAL_S = 2.0
DETAIL = 200
# https://www.rfc-editor.org/rfc/rfc6455#section-1.3
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class _Opcode(IntEnum):
    CONTINUATION = 0
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class StreamError(Exception):
    """A stream was not opened, or broke; the message has the reason, without the name of the request."""


class BrokenStreamError(StreamError):
    """The connection broke, which may be different on a second try."""


class WebSocket:
    """A WebSocket to the API server.

    Attributes:
        closed: whether the server has closed it in order.
    """

    def __init__(self, connection: socket.socket, ends_at: float, limit: int) -> None:
        self._connection = connection
        self._ends_at = ends_at
        self._limit = self._left = limit
        self._buffer = bytearray()
        self._message = bytearray()
        # What came in one piece with the end of the handshake.
        self._begun = False
        self.closed = False

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yields all messages until the server closes the stream."""
        while not self.closed:
            yield from self.received()

    def fileno(self) -> int:
        """Returns the descriptor, to wait for it."""
        return self._connection.fileno()

    @property
    def pending(self) -> bool:
        """Whether there are bytes that waiting for the descriptor does not show."""
        return self._begun or (isinstance(self._connection, ssl.SSLSocket) and self._connection.pending() > 0)

    def limit_time(self, seconds: float) -> None:
        """Ends the stream in this time, if not before."""
        self._ends_at = min(self._ends_at, time.monotonic() + seconds)

    def received(self) -> list[bytes]:
        """Waits for the next bytes, and returns the messages that are complete with them.

        Raises:
            StreamError: the stream broke, or reached one of its limits.
        """
        if not self._begun:
            self._fill()
        self._begun = False
        messages: list[bytes] = []
        while not self.closed and (frame := self._frame()) is not None:
            final, opcode, payload = frame
            match opcode:
                case _Opcode.CLOSE:
                    self.closed = True
                case _Opcode.PING:
                    # A server that has closed may have sent more before.
                    with suppress(BrokenStreamError):
                        self._send(_Opcode.PONG, payload)
                case _Opcode.PONG:
                    pass
                case _Opcode.CONTINUATION | _Opcode.BINARY:
                    self._message += payload
                    if final:
                        messages.append(bytes(self._message))
                        self._message.clear()
                case _:
                    raise StreamError(f"no valid answer: the server sent a frame of type {opcode}, not of {PROTOCOL}")
        return messages

    def send(self, message: bytes) -> None:
        """Sends a binary message."""
        self._send(_Opcode.BINARY, message)

    def close(self) -> None:
        """Ends the connection, also for a thread that waits for it."""
        with suppress(OSError):
            # Not by the TLS socket, which would take its state from a thread that reads.
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)
        self._connection.close()

    def open(self, target: str, host: str, headers: list[tuple[str, str]]) -> None:
        """Upgrades the connection to a WebSocket.

        Raises:
            ForbiddenError: a right is missing; StreamError: no WebSocket in time.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        fields |= {"Sec-WebSocket-Key": key, "Sec-WebSocket-Protocol": PROTOCOL}
        head = "".join(f"{name}: {value}\r\n" for name, value in (*fields.items(), *headers))
        self._write(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode())
        status, answered = self._read_head()
        if status != 101:
            raise self._refused(status, answered)
        expected = base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()).decode()
        if answered.get("Sec-WebSocket-Accept", "").strip() != expected:
            raise StreamError("no valid answer: HTTP 101 without the key of this WebSocket")
        if (spoken := answered.get("Sec-WebSocket-Protocol", PROTOCOL)) != PROTOCOL:
            raise StreamError(f"no valid answer: the server speaks {truncate(one_line(spoken), 40)}, not {PROTOCOL}")
        self._begun = bool(self._buffer)

    def _read_head(self) -> tuple[int, Message]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise StreamError(f"no valid answer: more than {HEAD_LIMIT} bytes of HTTP headers")
            self._fill()
        line, _, fields = bytes(self._buffer[:end]).partition(b"\r\n")
        del self._buffer[: end + 4]
        version, _, rest = line.decode("latin-1").partition(" ")
        code = rest[:3]
        if not version.startswith("HTTP/1.") or not code.isdecimal():
            raise StreamError(f"no valid answer: {truncate(one_line(line.decode('latin-1')), 80)!r}, not HTTP")
        return int(code), message_from_bytes(fields)

    def _refused(self, status: int, answered: Message) -> Exception:
        """Returns the error for an answer other than an upgrade, by the start of its body."""
        announced = answered.get("Content-Length", "")
        expected = min(int(announced), HEAD_LIMIT) if announced.isdecimal() else HEAD_LIMIT
        self.limit_time(REFUSAL_S)
        with suppress(StreamError):
            while len(self._buffer) < expected:
                self._fill()
        message = status_of(self._buffer[:expected]).message
        if status == 403 and message:
            return ForbiddenError(missing_right(message))
        pause_s = seconds_of(answered.get("Retry-After"))
        if status in TRANSIENT or (status == 500 and pause_s):
            return TransientError(f"HTTP {status}: {truncate(one_line(message), DETAIL) or 'overloaded'}", pause_s)
        if message:
            return StreamError(f"HTTP {status}: {truncate(one_line(message), DETAIL)}")
        sort = answered.get_content_type() if "Content-Type" in answered else "no content type"
        return StreamError(f"no valid answer: HTTP {status}, {truncate(one_line(sort), 60)}, not a WebSocket")

    def _fill(self) -> None:
        """Waits for bytes.

        Raises:
            StreamError: the connection broke, the time is over, or the server sent too much.
        """
        with self._in_time():
            chunk = self._connection.recv(CHUNK)
        if not chunk:
            raise BrokenStreamError("the connection closed before the end of the stream")
        self._buffer += chunk
        self._left -= len(chunk)
        if self._left < 0:
            raise StreamError(f"the server sent more than {self._limit >> 20} MB")

    def _frame(self) -> tuple[bool, int, bytes] | None:
        """Takes a whole frame from the buffer (https://www.rfc-editor.org/rfc/rfc6455#section-5.2)."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        if buffer[0] & 0x70 or buffer[1] & 0x80:
            raise StreamError("no valid answer: the server sent no frame of a WebSocket")
        length, start = buffer[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        if start + length - len(buffer) > self._left:
            raise StreamError(f"the server announced a frame of {length} bytes, more than {self._limit >> 20} MB")
        if len(buffer) < start + length:
            return None
        first, payload = buffer[0], bytes(buffer[start : start + length])
        del buffer[: start + length]
        return bool(first & 0x80), first & 0x0F, payload

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | opcode, 0x80 | (size if size < 126 else 126 if size < 1 << 16 else 127)])
        head += b"" if size < 126 else size.to_bytes(2 if size < 1 << 16 else 8, "big")
        mask = os.urandom(4)
        whole = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        self._write(head + mask + (int.from_bytes(payload, "big") ^ whole).to_bytes(size, "big"))

    def _write(self, data: bytes) -> None:
        with self._in_time():
            self._connection.sendall(data)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Limits an operation of the connection to the remaining time, and gives its errors their reason."""
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise StreamError(LATE)
        try:
            self._connection.settimeout(remaining)
            yield
        except TimeoutError:
            raise StreamError(LATE) from None
        except (OSError, ValueError) as error:
            raise BrokenStreamError(f"the connection broke: {one_line(str(error)) or type(error).__name__}") from error


def connect(
    server: ApiServer, path: str, parameters: list[tuple[str, str]], *, ends_at: float, limit: int
) -> WebSocket:
    """Opens a WebSocket to a path of the API server with the user's credentials, for at most `limit` bytes.

    Raises:
        ForbiddenError: a right is missing; StreamError: no WebSocket in time.
    """
    target = f"{urlsplit(server.url).path}{path}?{urlencode(parameters)}"
    try:
        return repeated(lambda: _open(server, target, ends_at, limit), ends_at)
    except ForbiddenError:
        raise
    except NoAnswerError as error:
        raise StreamError(str(error)) from error


def _open(server: ApiServer, target: str, ends_at: float, limit: int) -> WebSocket:
    headers = server.headers
    try:
        connection = _dial(server, max(min(ends_at - time.monotonic(), server.request_timeout_s), 0.01))
    except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError) as error:
        raise TransientError(f"the connection broke: {error}") from error
    except (OSError, HTTPException, ValueError) as error:
        text = "no connection in time" if isinstance(error, TimeoutError) else one_line(str(error))
        raise StreamError(f"the API server {server.url} does not answer: {text}") from error
    stream = WebSocket(connection, ends_at, limit)
    try:
        stream.open(target, urlsplit(server.url).netloc.rpartition("@")[2], headers)
    except BrokenStreamError as error:
        stream.close()
        raise TransientError(str(error)) from error
    except BaseException:
        stream.close()
        raise
    return stream


def _dial(server: ApiServer, timeout_s: float) -> socket.socket:
    """Returns a connection to the API server, through its proxy and with its TLS."""
    url = urlsplit(server.url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    connection = _connected(server, host, port, timeout_s)
    if url.scheme != "https":
        return connection
    try:
        return server.tls.wrap_socket(connection, server_hostname=server.name or host)
    except BaseException:
        connection.close()
        raise


def _connected(server: ApiServer, host: str, port: int, timeout_s: float) -> socket.socket:
    """Returns a plain connection to a host, through the proxy of the API server."""
    proxy = urlsplit(server.proxy)
    if proxy.scheme.startswith("socks"):
        return _through_socks(proxy, host, port, timeout_s)
    opened = HTTPConnection(proxy.hostname or host, proxy.port or 80 if proxy.hostname else port, timeout=timeout_s)
    if proxy.hostname:
        opened.set_tunnel(host, port)
    opened.connect()
    connection: socket.socket = opened.sock
    return connection


def _through_socks(proxy: SplitResult, host: str, port: int, timeout_s: float) -> socket.socket:
    import socks

    kind = socks.SOCKS5 if proxy.scheme.startswith("socks5") else socks.SOCKS4
    try:
        connection: socket.socket = socks.create_connection(
            (host, port),
            timeout=timeout_s,
            proxy_type=kind,
            proxy_addr=proxy.hostname,
            proxy_port=proxy.port or 1080,
            # As in curl: only of these schemes the proxy resolves the name.
            proxy_rdns=proxy.scheme in {"socks5h", "socks4a"},
            proxy_username=unquote(proxy.username) if proxy.username else None,
            proxy_password=unquote(proxy.password) if proxy.password else None,
        )
    except socks.ProxyError as error:
        raise OSError(f"the proxy {proxy.scheme}://{proxy.hostname}:{proxy.port}: {error.msg}") from error
    return connection
