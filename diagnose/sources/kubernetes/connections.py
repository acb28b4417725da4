"""HTTP connections whose time limit is absolute.

A socket's timeout starts anew with every byte, so that a server that sends one byte a second is read indefinitely. Here
a timeout that is set on the socket is a deadline for all reads until the next one is set: urllib3 sets it once for a
response, so that head and body end together, whatever the server sends.
"""

import io
import socket
import time
from typing import Any

from urllib3 import PoolManager
from urllib3.connectionpool import HTTPConnectionPool


def limit_reads(manager: PoolManager) -> None:
    """Makes all later connections of a pool manager, also through a proxy, end their reads at an absolute deadline."""
    manager.pool_classes_by_scheme = {scheme: _limited(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}


def _limited(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = type("LimitedConnection", (_Limited, pool.ConnectionCls), {})
    return type("LimitedPool", (pool,), {"ConnectionCls": connection})


class TimedSocket:
    """A socket, plain or TLS, whose timeout is the time for all reads together."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._ends_at: float | None = None
        self.settimeout(connected.gettimeout())

    def __getattr__(self, name: str) -> Any:
        """Returns everything else of the socket."""
        return getattr(self._socket, name)

    def settimeout(self, seconds: float | None) -> None:
        """Sets the deadline for all reads from now on."""
        self._ends_at = None if seconds is None else time.monotonic() + seconds
        self._socket.settimeout(seconds)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """Returns the reader of a response."""
        return io.BufferedReader(_Reader(self, self._socket.makefile("rb", buffering=0)), 1 << 16)

    def limit_read(self) -> None:
        """Limits the next read to the remaining time.

        Raises:
            TimeoutError: there is none.
        """
        if self._ends_at is not None:
            remaining = self._ends_at - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(remaining)


class _Reader(io.RawIOBase):
    def __init__(self, timed: TimedSocket, raw: io.RawIOBase) -> None:
        self._timed, self._raw = timed, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._timed.limit_read()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Limited:
    """Makes the reads of a connection end at a deadline."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock = TimedSocket(self.sock)
