"""HTTP to servers other than the API server, bounded in time and bytes, and without redirects.

A redirect would carry the headers of a request, such as Vault's token, to a server that nobody named.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as Unreachable
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from diagnose.sources.deadline import LATE, Deadline

BODY_LIMIT = 8 << 20
CHUNK = 1 << 16


class _Adapter(HTTPAdapter):
    """Sends requests over guarded connections, and reads their answers up to the limits."""

    def __init__(self, deadline: Deadline, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._deadline = deadline
        self._pools = {
            "http": _guarded(HTTPConnectionPool, HTTPConnection, deadline),
            "https": _guarded(HTTPSConnectionPool, HTTPSConnection, deadline),
        }
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Makes every direct connection a guarded one."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Makes every connection through a proxy a guarded one."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Returns the response with its whole body.

        Raises:
            requests.RequestException: there is none within the limits.
        """
        request.headers["Accept-Encoding"] = "identity"
        try:
            response = super().send(request, *args, **options | {"stream": True, "timeout": self._timeout_s})
            try:
                # What requests itself fills on the first access, without a limit.
                response._content = _body(response)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as error:
            if self._deadline.passed or isinstance(error, requests.Timeout):
                raise requests.Timeout(LATE) from error
            raise (type(error) if isinstance(error, requests.RequestException) else Unreachable)(
                _plain(error)
            ) from error
        if self._deadline.passed:
            raise requests.Timeout(LATE)
        return response


def _plain(error: BaseException) -> str:
    """Returns the innermost reason of an error, without what the libraries put around it."""
    inner: Any = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    while isinstance(getattr(inner, "reason", None), BaseException):
        inner = inner.reason
    return str(inner).rpartition(">: ")[2]


def _guarded(pool: type[HTTPConnectionPool], base: type[HTTPConnection], deadline: Deadline) -> type[Any]:
    def connect(self: Any) -> None:
        base.connect(self)
        deadline.guard(self.sock)

    return type(pool.__name__, (pool,), {"ConnectionCls": type(base.__name__, (base,), {"connect": connect})})


def _body(response: requests.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable("the answer is compressed, although that was not accepted")
    body = bytearray()
    while chunk := response.raw.read(CHUNK, decode_content=False):
        body += chunk
        if len(body) > BODY_LIMIT:
            raise Unreachable(f"the answer has more than {BODY_LIMIT >> 20} MB")
    return bytes(body)


@contextmanager
def bounded_session(timeout_s: float, *, direct: bool = True) -> Iterator[requests.Session]:
    """Yields a session whose requests end within a time (seconds), all together; a local one ignores proxies."""
    with Deadline(timeout_s) as deadline, requests.Session() as session:
        session.trust_env = direct
        adapter = _Adapter(deadline, timeout_s)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        yield session
