"""A server on this machine that answers each request by a script, also with what no HTTP server sends."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from diagnose.sources.kubernetes.api import ApiClient, Cluster
from diagnose.sources.kubernetes.server import ApiServer
from diagnose.sources.usage import Counter

Serve = Callable[[socket.socket], None]
Answer = bytes | Callable[[socket.socket], None]


@dataclass
class Script:
    """The answers of a server in their order, of which the last one is repeated, its port, and its requests."""

    answers: list[Answer]
    port: int = 0
    requests: list[str] = field(default_factory=list)

    def query(self, number: int) -> dict[str, str]:
        """The query parameters of a request."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.requests[number]).query).items()}


def response(body: bytes | str | dict[str, Any], status: int = 200, **headers: str) -> bytes:
    """Returns a whole response; a `str` is plain text, a mapping JSON. Names of headers have `_` for `-`."""
    kind = {dict: "application/json", str: "text/plain"}.get(type(body), "application/octet-stream")
    text = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    # The server closes each connection: a client that used it again could meet its end.
    given = {"Content_Type": kind, "Content_Length": str(len(text)), "Connection": "close"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + text


def dripping(text: bytes, every_s: float = 0.02) -> Callable[[socket.socket], None]:
    """Returns an answer that is sent byte by byte."""

    def send(client: socket.socket) -> None:
        for number in range(len(text)):
            client.sendall(text[number : number + 1])
            time.sleep(every_s)

    return send


def flooding(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """Returns an answer that does not end."""

    def send(client: socket.socket) -> None:
        client.sendall(head)
        while True:
            client.sendall(piece)

    return send


def plain(serve: Serve) -> Serve:
    """Returns a server as it is, without TLS."""
    return serve


@contextmanager
def serving(*answers: Answer, over: Callable[[Serve], Serve] = plain) -> Iterator[tuple[ApiClient, Script]]:
    """Yields a client of a server with these answers, over TLS where `over` adds it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script = Script(list(answers), listener.getsockname()[1])
        serve = over(partial(_serve, script))
        threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        server = ApiServer(url=f"http://127.0.0.1:{script.port}")
        yield ApiClient(Cluster("test", "msp", server), Counter()), script


def _accept(server: socket.socket, serve: Serve) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()


def _serve(script: Script, client: socket.socket) -> None:
    """Answers one request of a connection, and closes it."""
    with client, suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := client.recv(1 << 16)):
                return
            head += part
        answer = script.answers[min(len(script.requests), len(script.answers) - 1)]
        script.requests.append(head.decode().partition(" ")[2].partition(" ")[0])
        if callable(answer):
            answer(client)
        else:
            client.sendall(answer)


@contextmanager
def socks_proxy(backend: int) -> Iterator[tuple[int, list[str]]]:
    """Yields the port of a SOCKS 5 proxy whose clients all get to one port of this machine, and their targets."""
    targets: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept_socks, args=(server, backend, targets), daemon=True).start()
        yield server.getsockname()[1], targets


def _accept_socks(server: socket.socket, backend: int, targets: list[str]) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            threading.Thread(target=_serve_socks, args=(client, backend, targets), daemon=True).start()


def _serve_socks(client: socket.socket, backend: int, targets: list[str]) -> None:
    """Serves one client of the proxy (RFC 1928), without authentication."""
    with client, suppress(OSError), client.makefile("rb") as received:
        _, methods = received.read(2)
        received.read(methods)
        client.sendall(b"\5\0")
        _, _, _, kind = received.read(4)
        address = received.read(received.read(1)[0]).decode() if kind == 3 else socket.inet_ntoa(received.read(4))
        targets.append(f"{address}:{int.from_bytes(received.read(2))}")
        client.sendall(b"\5\0\0\1" + bytes(6))
        with socket.create_connection(("127.0.0.1", backend)) as server:
            threading.Thread(target=_relay, args=(server, client), daemon=True).start()
            _relay(client, server)


def _relay(origin: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while part := origin.recv(1 << 16):
            to.sendall(part)
        to.shutdown(socket.SHUT_WR)
