"""The answers of a healthy cluster, as the stand-in serves them, with times that are as old as when they were taken."""

import json
import lzma
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

HEALTHY = Path(__file__).with_name("healthy.json.xz")
_TIME = re.compile(r"\b(20\d\d-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?(?=Z|\+00:00|\b)")
_TIME_BYTES = re.compile(_TIME.pattern.encode())
# Seconds since 1970 within some years around the capture; ids, sizes and ports are smaller or larger.
_EPOCH = re.compile(r"(?<![\w.])(1[6-9]\d{8})(?![\w])")


@dataclass
class Resource:
    """A kind of objects with all its objects; `group` is its path in the API.

    Attributes:
        metadata_only: only the metadata of its objects was taken.
    """

    group: str
    plural: str
    kind: str
    namespaced: bool
    metadata_only: bool
    items: list[dict[str, Any]]

    @property
    def api_version(self) -> str:
        """The group and version of its objects."""
        return "/".join(self.group.split("/")[2:])


@dataclass
class Exec:
    """A command in a container: its first argument, and what it sent, by channel."""

    at: str
    namespace: str
    pod: str
    container: str
    program: str
    frames: list[tuple[int, str]]


@dataclass
class Call:
    """A gRPC call: method, request and response in base64, status of gRPC with its message."""

    at: str
    method: str
    request: str
    response: str
    status: str = "0"
    message: str = ""


@dataclass
class Exchange:
    """A request and a response within a port-forward, both in base64."""

    at: str
    port: int
    request: str
    response: str


@dataclass
class Capture:
    """Everything that was taken from the cluster; `at` is when."""

    at: str
    version: dict[str, Any] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    execs: list[Exec] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def resource(self, group: str, plural: str) -> Resource | None:
        """Returns the kind of that path."""
        return next((each for each in self.resources if (each.group, each.plural) == (group, plural)), None)

    def save(self, path: Path) -> None:
        """Writes it to a file."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


@cache
def load(path: Path = HEALTHY) -> Capture:
    """Returns the capture in a file."""
    plain = json.loads(lzma.decompress(path.read_bytes()))
    return Capture(
        at=plain["at"],
        version=plain["version"],
        resources=[Resource(**each) for each in plain["resources"]],
        logs=plain["logs"],
        execs=[Exec(**each) for each in plain["execs"]],
        calls=[Call(**each) for each in plain["calls"]],
        exchanges=[Exchange(**each) for each in plain["exchanges"]],
    )


def now() -> str:
    """Returns the time of a capture that is taken now."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def age(at: str) -> timedelta:
    """Returns how long ago something was taken, in whole seconds."""
    return timedelta(seconds=round((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()))


def later(text: str, at: str) -> str:
    """Returns a text that was taken at a time, with every time in it as old as it was then."""
    by = age(at)

    def moved(found: re.Match[str]) -> str:
        day, separator, time, fraction = found.groups()
        moment = datetime.fromisoformat(f"{day}T{time}") + by
        return moment.isoformat(separator, "seconds") + (fraction or "")

    return _TIME.sub(moved, text)


def without_times(data: bytes) -> bytes:
    """Returns the bytes of a request without the times in it, which differ from run to run."""
    return _TIME_BYTES.sub(b"", data)


def later_seconds(text: str, at: str) -> str:
    """Returns the same, with times in seconds since 1970 moved too."""
    seconds = int(age(at).total_seconds())
    return _EPOCH.sub(lambda found: str(int(found[1]) + seconds), later(text, at))


def program_of(first: str) -> str:
    """Returns the program of a survey by its first word: node is started by env."""
    return "node" if first == "env" else first
