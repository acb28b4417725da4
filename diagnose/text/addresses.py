"""IP addresses."""

import ipaddress
from collections.abc import Iterable

from diagnose.text.patterns import lazy

_IN_BRACKETS = lazy(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>\d+))?")


def is_address(host: str) -> bool:
    """Whether a host is an IP address; one of version 6 may be in brackets."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether one of the networks has the address; true where one is malformed, of which nothing is known."""
    try:
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(each, strict=False) for each in networks)
    except ValueError:
        return True


def split_port(address: str) -> tuple[str, str]:
    """Returns the parts of HOST:PORT; an IP address of version 6 is in brackets where a port follows."""
    if found := _IN_BRACKETS.fullmatch(address):
        return found["host"], found["port"] or ""
    host, _, port = address.rpartition(":") if ":" in address and not is_address(address) else (address, "", "")
    return host, port
