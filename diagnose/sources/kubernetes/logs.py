"""Reads a log of any size into its beginning, its end and the new lines between, with bounded memory.

A flood of lines repeats itself: of the middle the first line of every shape is retained, where the shape of a line is
the line without digits and ids. Once there are many shapes, only lines that mention an error are retained.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.text import times

HEAD_LINES = 2_000
TAIL_LINES = 3_000
NEW_LINES, NEW_ERRORS = 1_000, 1_000
LONGEST = 16_000
SHAPE = 160
_CHANGING = b"0123456789abcdefABCDEF-"


def read_log(chunks: Iterable[bytes], timeout_s: float) -> LogText:
    """Returns the first, the last and the informative lines of a stream; stops at the time limit (seconds)."""
    head: list[LogLine] = []
    middle = _Middle()
    shapes = middle.shapes
    tail: deque[bytes] = deque()
    count = 0
    for line in _lines(chunks, time.monotonic() + timeout_s):
        count += 1
        if len(head) < HEAD_LINES:
            head.append(_parse(line))
            shapes.add(line[:SHAPE].translate(None, _CHANGING))
            continue
        tail.append(line)
        if len(tail) > TAIL_LINES:
            passed = tail.popleft()
            # Nearly every line of a long log takes this branch.
            if (shape := passed[:SHAPE].translate(None, _CHANGING)) not in shapes:
                middle.add(passed, shape)
    head += map(_parse, middle.retained)
    return LogText(tuple(head), tuple(map(_parse, tail)), count - len(head) - len(tail))


@dataclass
class _Middle:
    """The retained lines between beginning and end."""

    shapes: set[bytes] = field(default_factory=set)
    retained: list[bytes] = field(default_factory=list)

    def add(self, line: bytes, shape: bytes) -> None:
        """Retains a line of a new shape, up to the limit."""
        limit = NEW_LINES + NEW_ERRORS if _speaks_of_error(line) else NEW_LINES
        if len(self.retained) < limit:
            self.shapes.add(shape)
            self.retained.append(line)


def _speaks_of_error(line: bytes) -> bool:
    return b"rror" in line or b"FATAL" in line or b"ailed" in line or b"xception" in line or b"winston" in line


def _lines(chunks: Iterable[bytes], ends_at: float) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *complete, rest = (rest + chunk).split(b"\n")
        yield from complete
        rest = rest[:LONGEST]
        if time.monotonic() > ends_at:
            return
    if rest:
        yield rest


def _parse(line: bytes) -> LogLine:
    """Parses a line of the kubelet: time of arrival in RFC 3339, a space, the text."""
    stamp, _, text = line[:LONGEST].decode(errors="replace").partition(" ")
    at = times.parse(stamp)
    return LogLine(text, at) if at else LogLine(line[:LONGEST].decode(errors="replace"))
