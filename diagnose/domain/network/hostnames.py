"""The scope of a host name: the pod, the cluster, or public."""

import ipaddress
from urllib.parse import urlsplit

# Others that end with .local or .internal may be names of the network that the users are in.
_INSIDE = (".svc", ".cluster.local")


def host_of(url: str) -> str:
    """Returns the host of a URL, or ""."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_local(host: str) -> bool:
    """Whether the host is the pod itself."""
    address = _address(host)
    if address:
        return address.is_loopback or address.is_unspecified
    plain = host.lower().rstrip(".")
    return plain == "localhost" or plain.endswith(".localhost")


def is_inside(host: str) -> bool:
    """Whether the host is resolvable or reachable only in the cluster."""
    address = _address(host)
    if address:
        return address.is_private
    plain = host.lower().rstrip(".")
    return "." not in plain or plain.endswith(_INSIDE) or ".svc." in plain


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Returns the IP address that a host is, as one of version 4 where it maps one; None for a name."""
    try:
        found = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found
