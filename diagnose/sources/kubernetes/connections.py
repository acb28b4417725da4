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
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


def limit_reads(manager: PoolManager) -> None:
    """Makes all later connections of a pool manager end their reads at an absolute deadline."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


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


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = TimedSocket(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = TimedSocket(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
