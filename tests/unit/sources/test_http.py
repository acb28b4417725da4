"""Requests to other servers end in time and in size, whatever these send."""

import gzip
import socket
import threading
import time
from collections.abc import Callable

import pytest
import requests

from diagnose.sources.http import bounded_session
from tests.support.streams import descriptors, local_server, wait_until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def sends(*parts: bytes, pause_s: float = 0.0, endless: bool = False) -> Callable[[socket.socket], None]:
    """Returns a server that sends these parts, the last one without an end."""

    def serve(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        for each in parts:
            connection.sendall(each)
            time.sleep(pause_s)
        while endless:
            connection.sendall(parts[-1])
            time.sleep(pause_s)

    return serve


def reason(serve: Callable[[socket.socket], None], timeout_s: float) -> str:
    """The reason for which there is no answer."""
    sockets, threads = descriptors(), set(threading.enumerate())
    with local_server(serve) as port, bounded_session(timeout_s) as session:
        began = time.monotonic()
        with pytest.raises(requests.RequestException) as caught:
            session.get(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - began < timeout_s + 5
    wait_until(lambda: set(threading.enumerate()) <= threads and descriptors() <= sockets)
    return str(caught.value)


@pytest.mark.parametrize(
    "serve",
    [
        sends(b"H", pause_s=0.05, endless=True),
        sends(HEAD, b"X: y\r\n", pause_s=0.05, endless=True),
        sends(HEAD + b"\r\n", b"x", pause_s=0.05, endless=True),
        sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", pause_s=0.05, endless=True),
        sends(HEAD + b"Content-Length: 9\r\n\r\n", pause_s=9),
        sends(b"", pause_s=9),
    ],
)
def test_a_server_that_drips_or_is_silent_ends_with_the_time(serve: Callable[[socket.socket], None]) -> None:
    assert reason(serve, 0.7) == "no complete answer in time"


@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        (sends(HEAD + b"\r\n", b"x" * 100_000, endless=True), "more than 1 MB"),
        (sends(HEAD + b"Content-Length: 1000000000000\r\n\r\n", b"x" * 100_000, endless=True), "more than 1 MB"),
        (sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 9999)), "compressed"),
        (sends(HEAD + b"Content-Length: 100\r\n\r\nshort"), "IncompleteRead"),
        (sends(b"SSH-2.0-made-up\r\n"), "SSH-2.0-made-up"),
        (sends(HEAD, b"X: y\r\n", endless=True), "100 headers"),
        (sends(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 100_000, endless=True), "header line"),
    ],
)
def test_what_is_no_answer_of_a_usual_size_is_refused(serve: Callable[[socket.socket], None], expected: str) -> None:
    assert expected in reason(serve, 20)


def test_all_requests_of_a_session_share_its_time() -> None:
    with local_server(sends(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n", b"ok", pause_s=0.3)) as port:
        began = time.monotonic()
        with bounded_session(1.0) as session, pytest.raises(requests.Timeout):
            [session.get(f"http://127.0.0.1:{port}/") for _ in range(50)]
        assert time.monotonic() - began < 6


def test_the_reason_of_an_unreachable_server_is_the_innermost_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with bounded_session(5) as session, pytest.raises(requests.ConnectionError) as caught:
        session.get(f"http://127.0.0.1:{port}/")
    assert "refused" in str(caught.value)
    assert str(port) not in str(caught.value)
