"""IP addresses."""

import ipaddress


def is_address(host: str) -> bool:
    """Whether a host is an IP address; one of version 6 may be in brackets."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
