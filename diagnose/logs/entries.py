"""Parses entries of the worker's log: level, message and fields of the four formats that are mixed in it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

from diagnose.queries.kubernetes import LogLine
from diagnose.target.profile import StartStep
from diagnose.text import redaction
from diagnose.text.patterns import lazy


class Level(StrEnum):
    """The level of an entry, as the program wrote it."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    DEBUG = "debug"
    UNKNOWN = ""


class Format(StrEnum):
    """The logger that wrote an entry.

    WINSTON is the worker's logger; STDERR is its validation, whose logger has no transport, so that winston prints the
    record itself; SDK is Temporal's logger; PLAIN is everything else.
    """

    WINSTON = "winston"
    STDERR = "stderr"
    SDK = "sdk"
    PLAIN = "plain"


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a log."""

    level: Level
    message: str
    format: Format
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    at: datetime | None = None


_STDERR = lazy(r"\A\[winston\] Attempt to write logs with no transports[^{]*(?P<json>\{.*\})\s*\Z", re.DOTALL)
_WINSTON = lazy(r"\A(?P<level>error|warn|info|http|verbose|debug|silly): (?P<rest>.*)\Z", re.DOTALL)
_SDK = lazy(r"\A\d{4}-\d\d-\d\dT[\d:.]+Z \[(?P<level>[A-Z]+)\] (?P<rest>.*)\Z", re.DOTALL)
# The first words of what Node and V8 print about an error that ends the process.
_THROWN = lazy(r"\A(?:Uncaught )?(?:[A-Z]\w*)?(?:Error|Exception)\b(?: \[\w+\])?(?::|\Z)|\AFATAL ERROR:|\AError: ")
MOST_BRACES = 50
"""How many braces of a message are tried as the beginning of its fields."""
_MARKS = " \n✅❌🚨\ufe0f"
_LEVELS = {"http": "info", "verbose": "debug", "silly": "debug", "trace": "debug", "warning": "warn", "fatal": "error"}


def parse(line: LogLine) -> LogEntry:
    """Parses an entry whose lines have been joined."""
    if found := _STDERR.match(line.text):
        fields = _record(found["json"])
        if fields is not None:
            message, level = str(fields.pop("message", "")), str(fields.pop("level", ""))
            return LogEntry(
                level=_level(level), message=message.lstrip(_MARKS), format=Format.STDERR, fields=fields, at=line.at
            )
    if found := _WINSTON.match(line.text):
        message, fields = _fields_at_end(found["rest"])
        return LogEntry(level=_level(found["level"]), message=message, format=Format.WINSTON, fields=fields, at=line.at)
    if found := _SDK.match(line.text):
        message = re.split(r"\s\{(?:\s|\Z)", found["rest"], maxsplit=1)[0].strip()
        return LogEntry(level=_level(found["level"]), message=message, format=Format.SDK, at=line.at)
    level = Level.ERROR if _THROWN.match(line.text) else Level.UNKNOWN
    return LogEntry(level=level, message=line.text.strip(), format=Format.PLAIN, at=line.at)


def _level(name: str) -> Level:
    plain = name.lower()
    plain = _LEVELS.get(plain, plain)
    return Level(plain) if plain in set(Level) else Level.UNKNOWN


def _record(text: str) -> dict[str, Any] | None:
    """Returns the fields of JSON, redacted again, as JSON may spell what redaction would otherwise have found."""
    try:
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: redaction.text(value) if isinstance(value, str) else value for name, value in found.items()}


def _fields_at_end(text: str) -> tuple[str, dict[str, Any]]:
    """Splits a message from the JSON that winston's simple format appends; the message itself may contain braces."""
    for found in islice(re.finditer(r"\s\{", text), MOST_BRACES):
        if fields := _record(text[found.start() :].strip()):
            return text[: found.start()].strip(), fields
    return text.strip(), {}


def last_error(entries: Iterable[LogEntry]) -> LogEntry | None:
    """Returns the last error in its most specific form.

    The record of the validation names the error; the line on the other stream only states that there is one. The two
    streams arrive in either order.
    """
    errors = [entry for entry in entries if entry.level is Level.ERROR and entry.message]
    if not errors:
        return None
    if errors[-1].message.startswith("Startup validation failed") or errors[-1].format is Format.STDERR:
        records = [each for each in errors if each.format is Format.STDERR and not each.message.startswith("Startup")]
        return (records or errors)[-1]
    return errors[-1]


_INFORMATIVE = lazy(
    r"error|fatal|fail|cannot|can't|could not|unable|denied|mismatch|panic|no such|not found|refused|invalid|expired",
    re.I,
)


def informative_line(lines: Iterable[str]) -> str:
    """Returns the last line that names a reason, else the last line; "" where there is none."""
    filled = [line for line in lines if line]
    return next((line for line in reversed(filled) if _INFORMATIVE.search(line)), filled[-1] if filled else "")


class StartProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of a start: the last completed step and the next one; both None where the profile has no steps."""

    done: StartStep | None
    next: StartStep | None
    port: str = ""
    at: datetime | None = None

    @property
    def finished(self) -> bool:
        """Whether the last step is completed."""
        return self.done is not None and self.next is None

    @property
    def last_step(self) -> str:
        """The title of the last completed step."""
        return self.done.title if self.done else "nothing yet"


def progress(lines: Iterable[LogLine], steps: Sequence[tuple[StartStep, re.Pattern[str]]]) -> StartProgress:
    """Returns the progress of a start by its log; the furthest step counts, as two streams arrive in either order."""
    reached, port, at = -1, "", None
    for line in lines:
        # Only later steps are searched for.
        for number in range(len(steps) - 1, reached, -1):
            if found := steps[number][1].search(line.text):
                reached, at = number, line.at
                port = found.groupdict().get("port") or port
                break
    after = reached + 1
    return StartProgress(
        done=steps[reached][0] if reached >= 0 else None,
        next=steps[after][0] if after < len(steps) else None,
        port=port,
        at=at,
    )
