"""The API server as requests reach it: its address, TLS, proxy and the login of the user.

The official client library is not used for requests: to import it takes longer than all that is needed here.
"""

import ipaddress
import math
import os
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from diagnose.queries.query import NotLoggedInError

if TYPE_CHECKING:
    from urllib3 import PoolManager

Login = Callable[[], str]
"""Returns the value of the header Authorization, "" for nobody."""

CONNECTIONS = 10
"""How many connections are kept for further requests."""
TOKEN_S = 60.0
"""How long a token of a file counts; client-go reads it as often."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ApiServer:
    """The API server of a cluster.

    Attributes:
        url: without a slash at its end.
        proxy: the URL of the proxy of all requests, "" for none.
        name: the name that the certificate has to have, "" for that of the URL.
        tls: of the connections; the default is that of a server whose certificate everybody trusts.
        impersonated: the headers of who is impersonated; those of groups occur more than once.
        request_timeout_s: how long one request, or the opening of a stream, may take.
    """

    url: str
    proxy: str = ""
    name: str = ""
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    login: Login = str
    impersonated: tuple[tuple[str, str], ...] = ()
    request_timeout_s: float = math.inf

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


@dataclass
class TokenFile:
    """A login by a token in a file, which is read again when it may have changed."""

    path: Path
    _token: str = ""
    _read_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
