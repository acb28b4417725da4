"""What a server may do to a stream of the API, and a client of the stand-in API server."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from diagnose.sources.kubernetes.api import Cluster
from tests.hostile import websocket
from tests.hostile.server import Exchange, Fault, StandIn

TEN_MB = 10 << 20


@contextmanager
def cluster_with(fault: Fault | None, kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Yields a connection to a stand-in whose requests of a kind get a fault."""
    with StandIn(fault=fault, on=lambda request: request.kind == kind).serve() as config:
        monkeypatch.setenv("KUBECONFIG", str(config))
        yield Cluster.connect(None)


def in_turn(*faults: Fault) -> Fault:
    """Returns the fault of a server that does one thing after the other."""

    def fault(exchange: Exchange) -> None:
        for each in faults:
            each(exchange)

    return fault


def sends(*frames: bytes, closes: bool = True) -> Fault:
    """Returns the fault of a server that sends this, and then closes the connection or waits."""

    def fault(exchange: Exchange) -> None:
        for each in frames:
            exchange.wire.send(each)
        if closes:
            exchange.wire.close()
        else:
            exchange.wire.wait_for_end()

    return fault


def after_handshake(*frames: bytes, closes: bool = True) -> Fault:
    """Returns the fault of a server that accepts the WebSocket and then sends this."""
    return in_turn(Exchange.handshake, sends(*frames, closes=closes))


def endless(chunk: bytes, *, handshake: bool = True, pause_s: float = 0.0) -> Fault:
    """Returns the fault of a server that sends the same for as long as somebody is there."""

    def fault(exchange: Exchange) -> None:
        if handshake:
            exchange.handshake()
        while True:
            exchange.wire.send(chunk)
            exchange.wire.wait(pause_s)

    return fault


def without_key(exchange: Exchange) -> None:
    """Upgrades to a WebSocket of somebody else."""
    exchange.wire.send(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: nobody\r\n\r\n")
    exchange.wire.wait_for_end()


def refuses(exchange: Exchange) -> None:
    """Resets the connection."""
    exchange.wire.reset()


PAGE = b"<html>" + b"x" * 200
# Of every stream, whatever runs over it: what its server does, and what the reason has of it.
BROKEN: dict[str, tuple[Fault, str]] = {
    "closes": (after_handshake(), "closed before the end"),
    "resets": (refuses, "broke|closed"),
    "silent": (after_handshake(closes=False), "in time"),
    "pings only": (endless(websocket.frame(b"", websocket.PING), pause_s=0.05), "in time"),
    "a flood of pings": (endless(websocket.frame(b"x" * 100, websocket.PING) * 600), "more than|in time"),
    "a byte a moment": (endless(b"\x82", pause_s=0.05), "in time|no frame of|announced"),
    "one byte of each head": (endless(b"H", handshake=False, pause_s=0.05), "in time"),
    "a head without an end": (endless(b"HTTP/1.1 101 Switching Protocols\r\n" * 2000, handshake=False), "HTTP headers"),
    "a frame of 1 GB": (after_handshake(b"\x82\x7f" + (1 << 30).to_bytes(8, "big"), closes=False), "announced a frame"),
    "a frame of 16 EB": (after_handshake(b"\x82\x7f" + b"\xff" * 8, closes=False), "announced a frame"),
    "pieces without an end": (endless(b"\x02\x7e\xff\xff" + b"x" * 65535), "more than|announced|in time"),
    "reserved bits": (after_handshake(b"\xc2\x01x", closes=False), "no frame of"),
    "a masked frame": (after_handshake(b"\x82\x81abcdx", closes=False), "no frame of"),
    "text": (after_handshake(websocket.frame(b"hello", websocket.TEXT), closes=False), "frame of type 1"),
    "another channel": (after_handshake(websocket.frame(b"\x63hello"), closes=False), "channel|number of the port"),
    "a page": (sends(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE), "HTTP 200, text/html"),
    "a redirect": (sends(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), "HTTP 302"),
    "an error": (sends(b'HTTP/1.1 500 E\r\nContent-Length: 22\r\n\r\n{"message": "made up"}'), "HTTP 500: made up"),
    "no HTTP": (sends(b"SSH-2.0-made-up\r\n\r\n"), "not HTTP"),
    "another key": (without_key, "without the key"),
    "another protocol": (lambda exchange: exchange.handshake("v9.made.up"), "speaks v9.made.up"),
}


@contextmanager
def local_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yields the port of a server that treats each connection by a function."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                serve(connection)

        def accept() -> None:
            while not ended.is_set():
                with suppress(OSError):
                    threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            socket.create_connection(server.getsockname()).close()
            thread.join(5)


def descriptors() -> set[str]:
    """Returns the TCP sockets of this process."""
    tcp = {line.split()[9] for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]}
    links = set()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.add(str(each.readlink()))
    return {each for each in links if each.startswith("socket:[") and each[8:-1] in tcp}


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits until something holds that comes of itself, such as the end of other threads."""
    ends_at = time.monotonic() + 10
    while not holds() and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert holds()
