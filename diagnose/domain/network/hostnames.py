"""Who can use a host name: the pod alone, the cluster alone, or everybody."""

import ipaddress
from urllib.parse import urlsplit

LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}
_INSIDE = (".svc", ".svc.cluster.local", ".cluster.local", ".local", ".internal")


def host_of(url: str) -> str:
    """The host of a URL, "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_local(host: str) -> bool:
    """Whether it is whoever asks."""
    return host.lower().rstrip(".") in LOCAL


def is_inside(host: str) -> bool:
    """Whether only the cluster, or the network it is in, can look it up or reach it."""
    plain = host.lower().rstrip(".")
    try:
        return ipaddress.ip_address(plain).is_private
    except ValueError:
        return "." not in plain or plain.endswith(_INSIDE)
