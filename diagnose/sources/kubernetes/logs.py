"""Reads a log of any size into its beginning, its end and the new lines between, with bounded memory.

The newest lines are requested first, because the present state is judged by them; only where they are not the whole log
a second request reads it from its beginning. A flood of lines repeats itself: of the middle the first line of every
shape is retained, where the shape of a line is the line without digits and ids. Once there are many shapes, only lines
that mention an error are retained.
"""

import re
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate, chain, islice, takewhile

import msgspec
from msgspec import structs
from msgspec.structs import replace

from diagnose.queries.kubernetes import DISCARDED_LOG, LogLine, LogText, ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.sources.kubernetes.api import (
    NO_TYPE,
    ApiClient,
    ApiRequest,
    invalid,
    media_type,
    path_to,
    repeated,
    unpacked,
)
from diagnose.text import times
from diagnose.text.sentences import truncate

HEAD_LINES, HEAD_BYTES = 2_000, 1 << 19
TAIL_LINES, TAIL_BYTES = 3_000, 1 << 20
NEW_LINES, NEW_ERRORS, NEW_BYTES = 1_000, 1_000, 1 << 19
NEWEST_LINES, NEWEST_BYTES = HEAD_LINES + TAIL_LINES, HEAD_BYTES + TAIL_BYTES
"""A log with fewer lines is read by one request."""
LAST_LINES = 300
"""What is requested where the newest lines take too long."""
MOST_READ = 64 << 20
LONGEST = 16_000
BATCH = 500
AROUND = 5
"""How many lines before and after an error are retained with it."""
SHAPE = 160
# After the request in the common log format.
_FAILED = b'" 5'
_CHANGING = b"0123456789abcdefABCDEF-"
_STAMPED = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d)(?: |\Z)")


class LogReader:
    """Reads one log.

    Attributes:
        request: the request without its limits.
        ends_at: the deadline on the monotonic clock.
    """

    def __init__(self, client: ApiClient, query: ReadLog, ends_at: float) -> None:
        parameters = {"container": query.container, "timestamps": "true"}
        self.request = ApiRequest(
            what=query.what,
            path=path_to("/api/v1", query.namespace, "pods", query.pod, "log"),
            parameters=parameters | ({"previous": "true"} if query.previous else {}),
            accept="",
        )
        self.ends_at = ends_at
        self._client = client

    def read(self) -> LogText:
        """Returns the log.

        Raises:
            NoAnswerError: it cannot be read, or is no log.
        """
        now = time.monotonic()
        newest = self._newest(NEWEST_LINES, now + (self.ends_at - now) / 2)
        if newest.is_late:
            return self._with_last(newest)
        if newest.unread:
            return structs.replace(retained(newest.lines), unread_end=newest.unread)
        if newest.is_whole:
            return retained(newest.lines)
        gaps: list[str] = []
        text = retained(chain(self._older(newest.lines[0], gaps), newest.lines))
        return structs.replace(text, gap="; ".join(gaps))

    def _with_last(self, newest: "_Newest") -> LogText:
        """Returns a log whose newest lines did not arrive in time, with the last few if they do."""
        try:
            last = self._newest(LAST_LINES, self.ends_at)
        except NoAnswerError:
            last = _Newest()
        if last.unread or not last.lines:
            return structs.replace(retained(newest.lines), unread_end=newest.unread)
        before = takewhile(lambda line: not _is_at(line, last.lines[0]), newest.lines)
        return structs.replace(retained(chain(before, last.lines)), gap=newest.unread)

    def _newest(self, count: int, until: float) -> "_Newest":
        """Returns the newest lines, as far as they arrive until then.

        Raises:
            NoAnswerError: none arrives, or they are no log.
        """
        found: list[_Newest] = []

        def send() -> None:
            with self._open({"tailLines": count}) as chunks:
                found.append(_Newest())
                found[-1].read(lines_of(chunks), until)

        try:
            repeated(send, self.ends_at)
        except NoAnswerError as error:
            if not found:
                raise
            found[-1].unread = str(error)
        newest = found[-1]
        if newest.is_late:
            newest.unread = f"{self.request.what}: its newest lines did not arrive in time"
        if not _is_log(newest.lines):
            raise NoAnswerError(
                f"{self.request.what}: no valid answer: its lines have no timestamps: "
                f"{truncate(newest.lines[0].decode(errors='replace'), 200)}"
            )
        newest.is_whole = newest.count < count and len(newest.lines) == newest.count
        return newest

    def _older(self, newest: bytes, gaps: list[str]) -> Iterator[bytes]:
        """Yields the lines of the log before one of its newest, and records why some are missing."""
        try:
            with self._open({"limitBytes": MOST_READ}) as chunks:
                for line in lines_of(chunks):
                    if _is_at(line, newest):
                        return
                    yield line
            gaps.append(f"{self.request.what}: at most {MOST_READ >> 20} MB are read, not all lines before the newest")
        except NoAnswerError as error:
            gaps.append(str(error))

    @contextmanager
    def _open(self, limit: dict[str, int]) -> Iterator[Iterator[bytes]]:
        request = replace(self.request, parameters=self.request.parameters | limit)
        with self._client.open(request, self.ends_at) as response:
            if media_type(response) not in {"text/plain", NO_TYPE}:
                raise invalid(request, response, "not a log")
            yield unpacked(request, response)


class _Newest(msgspec.Struct):
    """The newest lines of a log.

    Attributes:
        count: how many lines were read, of which `lines` may be the last.
        unread: why the log was not read to its end, "" where it was.
        is_late: whether reading was ended because it took too long.
        is_whole: whether these are all lines of the log.
    """

    lines: deque[bytes] = msgspec.field(default_factory=deque)
    count: int = 0
    unread: str = ""
    is_late: bool = False
    is_whole: bool = False

    def read(self, lines: Iterable[bytes], until: float) -> None:
        """Reads lines, of which the last are retained."""
        size = 0
        for line in lines:
            self.count += 1
            self.lines.append(line)
            size += len(line)
            while len(self.lines) > NEWEST_LINES or size > NEWEST_BYTES:
                size -= len(self.lines.popleft())
            if time.monotonic() > until:
                self.is_late = True
                return


def _is_log(lines: Collection[bytes]) -> bool:
    """Whether nearly every line has a timestamp; the message about a discarded log has none."""
    unstamped = [line for line in lines if not _STAMPED.match(line)]
    if len(unstamped) == len(lines):
        return all(DISCARDED_LOG.encode() in line for line in unstamped)
    return len(unstamped) <= max(1, len(lines) // 10)


def _is_at(line: bytes, newest: bytes) -> bool:
    """Whether a line is one of the newest, or as late by its timestamp."""
    stamp, newest_stamp = line.partition(b" ")[0], newest.partition(b" ")[0]
    return line == newest or (len(stamp) == len(newest_stamp) and stamp > newest_stamp)


def retained(lines: Iterable[bytes]) -> LogText:
    """Returns the first, the last and the informative lines; errors like one of these are counted."""
    rest = iter(lines)
    middle = _Middle()
    size = 0
    while len(middle.retained) < HEAD_LINES and size < HEAD_BYTES and (line := next(rest, None)) is not None:
        middle.retain(line, _shape(line))
        size += len(line)
    middle.begin()
    newest: list[bytes] = []
    count, size = len(middle.retained), 0
    while batch := list(islice(rest, BATCH)):
        newest += batch
        count += len(batch)
        size += sum(map(len, batch))
        if len(newest) > 4 * TAIL_LINES or size > 4 * TAIL_BYTES:
            newest = middle.passed(newest)
            size = sum(map(len, newest))
    tail = tuple(map(_parse, middle.passed(newest)))
    head = middle.lines()
    return LogText(head, tail, count - len(head) - len(tail))


def _tail_begin(lines: list[bytes]) -> int:
    """Returns the number of the first of the last lines that fit."""
    sizes = list(accumulate(map(len, islice(reversed(lines), TAIL_LINES))))
    return len(lines) - bisect_right(sizes, TAIL_BYTES)


class _Repeated(msgspec.Struct):
    """The later lines of the shape of a retained one that mentions an error: they are counted only."""

    number: int
    count: int = 0
    last: bytes = b""


class _Middle(msgspec.Struct):
    """The retained lines before the last ones.

    Attributes:
        shapes: of the retained lines.
        errors: those of lines that mention an error.
        added: how many shapes came after the beginning of the log.
    """

    shapes: set[bytes] = msgspec.field(default_factory=set)
    errors: dict[bytes, _Repeated] = msgspec.field(default_factory=dict)
    retained: list[bytes] = msgspec.field(default_factory=list)
    added: int = 0
    size: int = 0

    def begin(self) -> None:
        """Ends the beginning of the log, which is retained in any case."""
        self.size = 0

    def retain(self, line: bytes, shape: bytes) -> None:
        """Retains a line."""
        self.shapes.add(shape)
        if _speaks_of_error(line):
            self.errors.setdefault(shape, _Repeated(len(self.retained)))
        self.retained.append(line)
        self.size += len(line)

    def passed(self, newest: list[bytes]) -> list[bytes]:
        """Retains lines of new shapes, counts errors of known ones, and returns the lines that are among the last."""
        begin = _tail_begin(newest)
        lines = newest[:begin]
        # Nearly all lines of a long log have a known shape that is none of an error.
        shapes = [line[:SHAPE].translate(None, _CHANGING) for line in lines]
        if _FAILED in b"\n".join(lines):
            shapes = list(map(_shape, lines))
        found = set(shapes)
        if not found <= self.shapes or not found.isdisjoint(self.errors):
            done = 0
            for number, (line, shape) in enumerate(zip(lines, shapes, strict=True)):
                if shape not in self.shapes:
                    done = self._add(lines, number, done)
                elif (repeated := self.errors.get(shape)) is not None and number >= done:
                    repeated.count += 1
                    repeated.last = line
        return newest[begin:]

    def _add(self, lines: list[bytes], number: int, done: int) -> int:
        """Retains a line of a new shape, an error with those around it; returns from which line on none is retained."""
        of_error = _speaks_of_error(lines[number])
        limit = NEW_LINES + NEW_ERRORS if of_error else NEW_LINES
        if self.added >= limit or self.size >= NEW_BYTES:
            return done
        self.added += 1
        around = AROUND if of_error else 0
        end = min(number + around + 1, len(lines))
        for line in lines[max(number - around, done) : end]:
            self.retain(line, _shape(line))
        return end

    def lines(self) -> tuple[LogLine, ...]:
        """Returns the retained lines with what was counted."""
        parsed = list(map(_parse, self.retained))
        for each in self.errors.values():
            if each.count:
                parsed[each.number] = structs.replace(parsed[each.number], more=each.count, until=_parse(each.last).at)
        return tuple(parsed)


def _shape(line: bytes) -> bytes:
    """Returns a line without digits and ids; of a served request it remains whether the server failed."""
    shape = line[:SHAPE].translate(None, _CHANGING)
    return shape + _FAILED if _FAILED in line else shape


def _speaks_of_error(line: bytes) -> bool:
    # Many times as fast as a regular expression.
    return (
        b"rror" in line or b"ailed" in line or b"xception" in line or b"FATAL" in line or b"fatal" in line
        or b"efused" in line or b"imed out" in line or b"imeout" in line or b"anic" in line or b"winston" in line
        or _FAILED in line
    )  # fmt: skip


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the lines of a stream, each up to the longest."""
    rest = b""
    for chunk in chunks:
        *complete, rest = (rest + chunk).split(b"\n")
        yield from (line[:LONGEST] for line in complete)
        rest = rest[:LONGEST]
    if rest:
        yield rest


def _parse(line: bytes) -> LogLine:
    """Parses a line of the kubelet: time of arrival in RFC 3339, a space, the text."""
    text = line.decode(errors="replace")
    stamp, _, message = text.partition(" ")
    at = times.parse(stamp)
    return LogLine(message, at) if at else LogLine(text)
