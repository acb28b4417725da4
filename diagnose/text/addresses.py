"""IP addresses."""

import ipaddress

from diagnose.text.patterns import lazy

_IN_BRACKETS = lazy(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>\d+))?")


def is_address(host: str) -> bool:
    """Whether a host is an IP address; one of version 6 may be in brackets."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def split_port(address: str) -> tuple[str, str]:
    """Returns the parts of HOST:PORT; an IP address of version 6 is in brackets where a port follows."""
    if found := _IN_BRACKETS.fullmatch(address):
        return found["host"], found["port"] or ""
    host, _, port = address.rpartition(":") if ":" in address and not is_address(address) else (address, "", "")
    return host, port
