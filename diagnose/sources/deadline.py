"""A deadline that no server can move by sending slowly."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

LATE = "no complete answer in time"


class Deadline:
    """Shuts down connections at the end of a time (seconds), so that every call that waits for one ends.

    The libraries limit each wait for bytes, which a server that sends one byte a second begins anew.

    Attributes:
        passed: whether the time is over.
    """

    def __init__(self, timeout_s: float) -> None:
        self.passed = False
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()

    def guard(self, connection: Any) -> None:
        """Ends a connection with the time."""
        if not isinstance(connection, socket.socket):
            return  # TLS within the TLS of a proxy
        with self._lock:
            self._connections.append(connection)
            if self.passed:
                _shut_down(connection)

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            for each in self._connections:
                _shut_down(each)


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        # Not by a TLS socket's own method, which would take its state from a thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
