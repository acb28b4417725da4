"""A server that drips, floods or is silent ends with the time of the query."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from diagnose.queries.postgres import InspectDatabase, QueryPostgres
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.sources.postgres.handshake import PostgresSource
from diagnose.sources.postgres.operator_login import OperatorLogin
from diagnose.sources.usage import Counter
from tests.support.streams import descriptors, local_server, wait_until

NO_TUNNELS: Any = None
READY = b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I"
Serve = Callable[[socket.socket], None]


def sends(chunk: bytes, pause_s: float = 0.0, first: bytes = b"") -> Serve:
    """Returns a server that refuses TLS and then sends the same without an end."""

    def serve(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"N")
        connection.recv(1 << 16)
        connection.sendall(first)
        if first:
            connection.recv(1 << 16)
        while True:
            connection.sendall(chunk)
            time.sleep(pause_s)

    return serve


def is_silent(connection: socket.socket) -> None:
    """Waits for the end of the connection."""
    with suppress(OSError):
        while connection.recv(1 << 16):
            pass


@pytest.mark.parametrize("serve", [is_silent, sends(b"R", 0.05), sends(b"R" * 65536), sends(b"N\0\0\0\x08abcd" * 5000)])
def test_a_handshake_ends_in_time(serve: Serve) -> None:
    sockets = descriptors()
    with local_server(serve) as port:
        began = time.monotonic()
        query = QueryPostgres(host="127.0.0.1", port=port, database="d", user="u")
        assert PostgresSource(NO_TUNNELS, Counter()).answer(query, 4).answered is AnswerState.NO
        assert time.monotonic() - began < 12
    wait_until(lambda: descriptors() <= sockets)


@pytest.mark.parametrize("serve", [sends(b"", 0.1, first=READY), sends(b"T", 0.05, first=READY)])
def test_a_statement_without_an_answer_ends_in_time(serve: Serve) -> None:
    with local_server(serve) as port:
        source = OperatorLogin(f"postgresql://u:MADEUPVALUE@127.0.0.1:{port}/d", NO_TUNNELS, Counter())
        query = InspectDatabase(host="db.msp", port=5432, database="d", role="app", reader="postgres")
        began = time.monotonic()
        with pytest.raises(NoAnswerError, match="--db-dsn"):
            source.inspect(query, 3)
        assert time.monotonic() - began < 12
