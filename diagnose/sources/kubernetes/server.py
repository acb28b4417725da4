"""The API server as requests reach it: its address, TLS, proxy and the login of the user.

The official client library is not used for requests: to import it takes longer than all that is needed here.
"""

import ipaddress
import math
import os
import ssl
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from diagnose.queries.query import NotLoggedInError
from diagnose.text.decoding import from_json

if TYPE_CHECKING:
    from urllib3 import PoolManager


class _Claims(msgspec.Struct, frozen=True):
    exp: float = 0.0


Login = Callable[[], str]
"""Returns the value of the header Authorization, "" for nobody."""

CONNECTIONS = 10
"""How many connections are kept for further requests."""
TOKEN_S = 60.0
"""How long a token of a file counts; client-go reads it as often."""


class ApiServer(msgspec.Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """The API server of a cluster.

    Attributes:
        url: without a slash at its end.
        proxy: the URL of the proxy of all requests, "" for none.
        name: the name that the certificate has to have, "" for that of the URL.
        tls: of the connections; the default is that of a server whose certificate everybody trusts.
        impersonated: the headers of who is impersonated; those of groups occur more than once.
        certificate: the client certificate of the user in PEM, empty without one.
        request_timeout_s: how long one request, or the opening of a stream, may take.
    """

    url: str
    proxy: str = ""
    name: str = ""
    tls: ssl.SSLContext = msgspec.field(default_factory=ssl.create_default_context)
    login: Login = str
    impersonated: tuple[tuple[str, str], ...] = ()
    request_timeout_s: float = math.inf
    certificate: bytes = b""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that log in the user and name who is impersonated.

        Raises:
            NotLoggedInError: there are none.
        """
        # A file of a token ends with a line break.
        value = self.login().strip()
        if not (value.isascii() and value.isprintable()):
            raise NotLoggedInError("the token of the kubeconfig has characters that no token has")
        return [*([("Authorization", value)] if value else []), *self.impersonated]

    def expired_credential(self, now: datetime) -> str:
        """Returns which credential of the user has expired, and when; "" where none is known to."""
        ends = {"token": _end_of_token(self.login()), "client certificate": _end_of_certificate(self.certificate)}
        expired = ((name, at) for name, at in ends.items() if at and at <= now)
        return next((f"the {name} of the kubeconfig expired at {at:%Y-%m-%d %H:%M:%S %Z}" for name, at in expired), "")

    @cached_property
    def pool(self) -> "PoolManager":
        """The connections of requests, whose reads end at their deadline."""
        import urllib3

        from diagnose.sources.kubernetes.connections import limit_reads

        options: dict[str, Any] = {"ssl_context": self.tls, "maxsize": CONNECTIONS}
        options |= {"server_hostname": self.name} if self.name else {}
        if self.proxy.startswith("socks"):
            from urllib3.contrib.socks import SOCKSProxyManager

            made: PoolManager = SOCKSProxyManager(self.proxy, **options)
        elif self.proxy:
            made = urllib3.ProxyManager(self.proxy, **options)
        else:
            made = urllib3.PoolManager(**options)
        limit_reads(made)
        return made


def _end_of_certificate(text: bytes) -> datetime | None:
    """Returns when the first certificate of a text in PEM expires."""
    from diagnose.sources.tls import certificate_of

    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    first, last = text.find(begin), text.find(end)
    if not 0 <= first < last:
        return None
    with suppress(ValueError):
        return certificate_of(ssl.PEM_cert_to_DER_cert(text[first : last + len(end)].decode("ascii"))).valid_until
    return None


def _end_of_token(authorization: str) -> datetime | None:
    """Returns when a token in the form of a JSON Web Token expires."""
    _, _, rest = authorization.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = from_json(urlsafe_b64decode(f"{payload}{'=' * (-len(payload) % 4)}"), _Claims)
        return datetime.fromtimestamp(claims.exp, UTC) if claims.exp else None
    except (msgspec.DecodeError, ValueError, OverflowError, OSError):
        return None


class TokenFile(msgspec.Struct):
    """A login by a token in a file, which is read again when it may have changed."""

    path: Path
    _token: str = ""
    _read_at: float = 0.0
    _lock: threading.Lock = msgspec.field(default_factory=threading.Lock)

    def __call__(self) -> str:
        """Returns the value of the header.

        Raises:
            NotLoggedInError: the file cannot be read.
        """
        with self._lock:
            if not self._token or time.monotonic() - self._read_at > TOKEN_S:
                try:
                    self._token = self.path.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError) as error:
                    raise NotLoggedInError(f"the token {self.path} cannot be read: {error}") from error
                self._read_at = time.monotonic()
            return f"Bearer {self._token}" if self._token else ""


def proxy_for(url: str, given: str = "") -> str:
    """Returns the proxy of a URL: a given one, else that of the environment; "" for none."""
    parts = urlsplit(url)
    proxy = given or _variable(f"{parts.scheme}_proxy") or _variable("all_proxy")
    return "" if proxy and _is_excluded(parts.hostname or "", parts.netloc.lower(), _variable("no_proxy")) else proxy


def _variable(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.upper(), "")


def _is_excluded(host: str, host_and_port: str, excluded: str) -> bool:
    """Whether a host is among those that are reached without a proxy: names with their subdomains, networks, or *."""
    for each in filter(None, (part.strip().lower() for part in excluded.split(","))):
        name = each.lstrip(".")
        if each == "*" or any(one == name or one.endswith(f".{name}") for one in (host, host_and_port)):
            return True
        try:
            if ipaddress.ip_address(host) in ipaddress.ip_network(each, strict=False):
                return True
        except ValueError:
            continue
    return False
