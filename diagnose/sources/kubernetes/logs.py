"""Reads a log of any size into its beginning, its end and what is new between, in memory that does not grow with it.

A flood repeats itself: of the middle the first line of every shape is kept, where a line's shape is what is left of it
without digits and what looks like an id. Once there are many shapes, only those that speak of an error are kept.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from diagnose.queries.kubernetes import LogLine, LogText

HEAD_LINES = 2_000
TAIL_LINES = 3_000
NEW_LINES, NEW_ERRORS = 1_000, 1_000
LONGEST = 16_000
SHAPE = 160
_CHANGING = b"0123456789abcdefABCDEF-"


def read_log(chunks: Iterable[bytes], timeout_s: float) -> LogText:
    """The first, the last and the telling lines of a stream of bytes; stops reading when the time (seconds) is over."""
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
            # Nearly every line of a long log ends here.
            if (shape := passed[:SHAPE].translate(None, _CHANGING)) not in shapes:
                middle.offer(passed, shape)
    head += map(_parse, middle.kept)
    return LogText(tuple(head), tuple(map(_parse, tail)), count - len(head) - len(tail))


@dataclass
class _Middle:
    """What is kept of the lines between beginning and end."""

    shapes: set[bytes] = field(default_factory=set)
    kept: list[bytes] = field(default_factory=list)

    def offer(self, line: bytes, shape: bytes) -> None:
        """Keep a line of a new shape, as long as there is room."""
        room = NEW_LINES + NEW_ERRORS if _speaks_of_error(line) else NEW_LINES
        if len(self.kept) < room:
            self.shapes.add(shape)
            self.kept.append(line)


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
    """A line as the kubelet prints it: time of arrival in RFC 3339, a space, the text."""
    stamp, _, text = line[:LONGEST].decode(errors="replace").partition(" ")
    try:
        # Nine digits of a second are more than Python reads.
        at = datetime.fromisoformat(f"{stamp[:26].rstrip('Z')}+00:00") if stamp[10:11] == "T" else None
    except ValueError:
        at = None
    return LogLine(text, at) if at else LogLine(line[:LONGEST].decode(errors="replace"))
