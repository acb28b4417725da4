"""Which differences between two pod templates, or two states of a ConfigMap, can be taken back only together.

The API server refuses a mount without its volume, and a program that is started on a path needs the mount there. The
host, the port and the TLS settings of one server worked together.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from diagnose.domain.delivery.differences import Difference, Element, plain
from diagnose.text.patterns import lazy

_CONNECTION = lazy(
    r"(?P<server>[^/]*+/|pg|(?:[a-z0-9]++[-_.])+?)(?:agent-)?"
    r"(?:addr|address|host|hostname|port|url|uri|endpoint|service|m?tls|ssl|sslmode|sslrootcert|ca|cacert|cert|certificate|"
    r"client|server[-_.]?name)"
    r"(?:[-_.].*+)?",
    re.IGNORECASE,
)
"""The name of a variable, an annotation or an entry that says where a server is, or how TLS to it is spoken."""


def coupled(found: Sequence[Difference], every: Sequence[Difference]) -> tuple[Difference, ...]:
    """Returns differences with those of all that have to be taken back with them, in the order of all."""
    chosen = list(found)
    while more := [each for each in every if each not in chosen and any(_needs(each, one) for one in chosen)]:
        chosen += more
    return tuple(each for each in every if each in chosen)


def _needs(each: Difference, taken: Difference) -> bool:
    """Whether a template is refused, or its program fails, that has a difference and the other one no more."""
    if _are_of_one_connection(each, taken) or _are_of_one_port(each, taken):
        return True
    volume, mount = _name(taken, "volumes"), _name(taken, "volumeMounts")
    if volume:
        return taken.before is None and volume in _mounted(each)
    if mount and taken.before is None:
        return taken.container == each.container and _starts_on(mount, each)
    return bool(mount) and each.after is None and _name(each, "volumes") == taken.before.get("name")


def _are_of_one_connection(one: Difference, other: Difference) -> bool:
    """Whether both are settings of the connection to one server."""
    servers = {_server(one), _server(other)}
    return len(servers) == 1 and None not in servers and one.container == other.container


def _server(found: Difference) -> str | None:
    """Returns what the settings of the connection to one server begin with; None for what is no such setting."""
    match = _CONNECTION.fullmatch(found.variable or _key(found))
    return match["server"].lower() if match else None


def _are_of_one_port(one: Difference, other: Difference) -> bool:
    """Whether both brought a port on which a container listens and that its probes ask: a variable, a probe, a port."""
    is_declared = any(each.field[0] in _DECLARED for each in (one, other))
    return is_declared and one.container == other.container and bool(_ports(one) & _ports(other))


_DECLARED = ("livenessProbe", "readinessProbe", "startupProbe", "ports")


def _ports(found: Difference) -> set[str]:
    """Returns the ports that a difference brought."""
    if found.variable:
        return {str(found.after["value"])} if found.after and str(found.after.get("value")).isdigit() else set()
    if found.field[0] not in _DECLARED:
        return set()
    return set(_numbers(found.after, found.field[-1]))


def _numbers(value: Any, name: Any) -> Iterator[str]:
    """Yields the ports within a probe, or within what a container declares."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, key)
    elif name in {"port", "containerPort"}:
        yield str(value)


def _key(found: Difference) -> str:
    """Returns the annotation of a pod or the entry of a ConfigMap that a difference is about, "" for anything else."""
    return str(found.path[-1]) if found.path[:-1] in {("metadata", "annotations"), ("data",)} else ""


def _name(found: Difference, kind: str) -> str:
    """Returns the key of the element of a list that a difference is about, "" for anything else."""
    last = found.path[-1]
    return str(last.value) if isinstance(last, Element) and found.path[-2] == kind else ""


def _mounted(found: Difference) -> Iterator[str]:
    """Yields the volumes that what a difference brought mounts: a mount, or a container with its mounts."""
    after: Any = found.after
    if not isinstance(after, dict):
        return
    mounts = [after] if _name(found, "volumeMounts") else after.get("volumeMounts") or ()
    yield from (str(each.get("name")) for each in mounts)


def _starts_on(path: str, found: Difference) -> bool:
    """Whether a difference brought a path into what a container starts."""
    within = re.compile(rf"(?<![\w/.-]){re.escape(path)}(?![\w-])")
    return found.field[0] in {"command", "args", "env", "workingDir"} and bool(
        within.search(plain(found.after)) and not within.search(plain(found.before))
    )
