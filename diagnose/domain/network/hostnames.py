"""The scope of a host name: the pod, the cluster, or public."""

import ipaddress
from urllib.parse import urlsplit

LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}
_INSIDE = (".svc", ".svc.cluster.local", ".cluster.local", ".local", ".internal")


def host_of(url: str) -> str:
    """Returns the host of a URL, or ""."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_local(host: str) -> bool:
    """Whether the host is the pod itself."""
    return host.lower().rstrip(".") in LOCAL


def is_inside(host: str) -> bool:
    """Whether the host is resolvable or reachable only in the cluster or its network."""
    plain = host.lower().rstrip(".")
    try:
        return ipaddress.ip_address(plain).is_private
    except ValueError:
        return "." not in plain or plain.endswith(_INSIDE)
