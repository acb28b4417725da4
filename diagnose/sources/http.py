"""HTTP to servers other than the API server, bounded in time and bytes.

Redirects are for the caller to allow: they carry the headers of a request, such as Vault's token, to another server.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as Unreachable
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from diagnose.sources.deadline import LATE
from diagnose.sources.kubernetes.connections import limit_reads
from diagnose.text.patterns import lazy

_POOL = lazy(r"^[\w<>. ]*\(host=[^)]*\)[^:]*: ")
BODY_LIMIT = 1 << 20
CHUNK = 1 << 16


class _Adapter(HTTPAdapter):
    """Sends requests and reads their answers up to the limits."""

    def __init__(self, timeout_s: float) -> None:
        self._ends_at = time.monotonic() + timeout_s
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Ends the reads of direct connections in time."""
        super().init_poolmanager(*args, **options)
        limit_reads(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Ends the reads of connections through a proxy in time."""
        manager = super().proxy_manager_for(*args, **options)
        limit_reads(manager)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Returns the response with its whole body.

        Raises:
            requests.RequestException: there is none within the limits; the message is the innermost reason.
        """
        request.headers["Accept-Encoding"] = "identity"
        remaining_s = self._ends_at - time.monotonic()
        if remaining_s <= 0:
            raise requests.Timeout(LATE)
        try:
            response = super().send(request, *args, **options | {"stream": True, "timeout": Timeout(total=remaining_s)})
            try:
                # What requests itself fills on the first access, without a limit.
                response._content = _body(response)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as error:
            if isinstance(error, requests.Timeout | TimeoutError) or self._ends_at <= time.monotonic():
                raise requests.Timeout(LATE) from error
            kind = type(error) if isinstance(error, requests.RequestException) else Unreachable
            raise kind(_innermost(error)) from error
        # Otherwise the encoding of a text is guessed from all of it.
        response.encoding = response.encoding or "utf-8"
        return response


def _innermost(error: BaseException) -> str:
    """Returns the reason of an error without what the libraries put around it, such as the port of a port-forward."""
    inner: Any = error
    while True:
        causes = (getattr(inner, "reason", None), *inner.args[:1])
        cause = next((each for each in causes if isinstance(each, BaseException)), None)
        if cause is None:
            return _POOL.sub("", str(inner))
        inner = cause


def _body(response: requests.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable("the answer is compressed, although that was not accepted")
    body = bytearray()
    for chunk in response.raw.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) > BODY_LIMIT:
            raise Unreachable(f"the answer has more than {BODY_LIMIT >> 20} MB")
    return bytes(body)


@contextmanager
def bounded_session(timeout_s: float, *, through_proxies: bool = True) -> Iterator[requests.Session]:
    """Yields a session whose requests end within a time (seconds), all together; a port-forward needs no proxy."""
    with requests.Session() as session:
        session.trust_env = through_proxies
        adapter = _Adapter(timeout_s)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        yield session
