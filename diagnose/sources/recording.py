"""Recordings: the queries and answers of a run in a file, and a source that replays them."""

import gzip
import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from diagnose.model.report import Usage
from diagnose.queries.query import NoAnswerError, NotRecordedError, Query
from diagnose.sources import files
from diagnose.sources.gateway import ERRORS, Exchange, key_of
from diagnose.text import redaction
from diagnose.text.decoding import from_json, from_plain

FORMAT = 2
LARGEST, MAX_PARTS = 64 << 20, 1_000_000


class RecordingError(Exception):
    """The file is not a recording that this version can replay."""


class Header(msgspec.Struct, frozen=True):
    """The header of a recording.

    Attributes:
        about: a description, or "".
        started_at: time of the run, by which a replay computes ages.
        arguments: the request of the run.
    """

    about: str
    tool_version: str
    started_at: datetime
    context: str
    arguments: dict[str, str]
    usage: Usage = Usage()
    duration_s: float = 0.0


class _Format(msgspec.Struct, frozen=True):
    format: int


class _Recording(msgspec.Struct, frozen=True):
    format: int
    header: Header
    exchanges: tuple[Exchange, ...]


class Recording(msgspec.Struct, frozen=True, dict=True):
    """A recorded run, as a source."""

    header: Header
    exchanges: dict[str, Exchange]

    @cached_property
    def _kinds(self) -> frozenset[tuple[object, object]]:
        return frozenset(_kind_of(each.query) for each in self.exchanges.values())

    def answer(self, query: Query[Any], timeout_s: float) -> object:  # noqa: ARG002 - a file has no delay
        """Returns the answer of the recorded run.

        Raises:
            NotRecordedError: the recorded run had no query of this type, or of this kind of objects.
            NoAnswerError: it had no answer either, or did not run this query.
        """
        found = self.exchanges.get(key_of(query))
        if found is None:
            name = query.command or type(query).__name__
            if _kind_of(query.as_key()) not in self._kinds:
                raise NotRecordedError(f"not recorded: the recording predates this query: {name}")
            raise NoAnswerError(f"the recording has no answer to {name}")
        if found.error:
            raise ERRORS[found.error](found.reason)
        return from_json(found.answer, query.decoded_type, strict=False)


def _kind_of(key: dict[str, object]) -> tuple[object, object]:
    """The type of a query and, of one that lists objects, their kind."""
    return key.get("query"), key.get("plural")


def save(path: Path, header: Header, exchanges: Iterable[Exchange]) -> None:
    """Writes a recording atomically."""
    files.write_atomically(path, gzip.compress(encode(header, exchanges), mtime=0), private=True)


def load(path: Path) -> Recording:
    """Reads a recording.

    Raises:
        RecordingError: missing, damaged, or of another format.
    """
    try:
        return unpack(files.read(path, LARGEST), str(path))
    except OSError as error:
        raise RecordingError(f"{path} is not a recording of diagnose: {error.strerror or error}") from error


def unpack(packed: bytes, name: str) -> Recording:
    """Returns the recording in the content of a file.

    Raises:
        RecordingError: damaged, or of another format.
    """
    try:
        return decode(_unpacked(packed))
    except zlib.error as error:
        raise RecordingError(f"{name} is not a recording of diagnose: {error}") from error
    except RecordingError as error:
        raise RecordingError(f"{name} {error}") from error


def _unpacked(packed: bytes) -> bytes:
    """Returns the text of a recording.

    Raises:
        RecordingError: it is larger than any recording.
        zlib.error: damaged.
    """
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(packed, LARGEST)
    if unpacker.unconsumed_tail or text.count(b"{") > MAX_PARTS:
        raise RecordingError(f"has more than {LARGEST >> 20} MB, which no recording has")
    if not unpacker.eof:
        raise zlib.error("it is truncated")
    return text


def encode(header: Header, exchanges: Iterable[Exchange]) -> bytes:
    """Returns a recording as JSON text; what still looks like a secret in it is masked."""
    scrubbed = from_plain(redaction.scrub(msgspec.to_builtins(header)), Header)
    return msgspec.json.encode(_Recording(FORMAT, scrubbed, tuple(map(_scrubbed, exchanges))))


def _scrubbed(exchange: Exchange) -> Exchange:
    plain = redaction.scrub(exchange.as_plain())
    answer = msgspec.Raw(msgspec.json.encode(plain["answer"]))
    return Exchange(plain["query"], answer, exchange.error, plain["reason"])


def decode(text: bytes) -> Recording:
    """Returns the recording of a JSON text.

    Raises:
        RecordingError: damaged, or of another format.
    """
    try:
        found = from_json(text, _Format).format
        if found != FORMAT:
            raise RecordingError(f"has format {found}; this version replays format {FORMAT}")
        raw = from_json(text, _Recording)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RecordingError(f"is not a recording of diagnose: {error}") from error
    if unknown := {each.error for each in raw.exchanges} - {"", *ERRORS}:
        raise RecordingError(f"is not a recording of diagnose: it has errors called {', '.join(sorted(unknown))}")
    keyed = {
        msgspec.json.encode(exchange.query, order="deterministic").decode(): exchange for exchange in raw.exchanges
    }
    return Recording(raw.header, keyed)
