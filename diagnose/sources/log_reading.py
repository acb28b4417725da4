"""Reads a log of any size into its beginning and its end, in memory that does not grow with it."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

from diagnose.probes.kubernetes import LogLine, LogText

HEAD_LINES = 2_000
TAIL_LINES = 3_000
LONGEST = 16_000


def read_log(chunks: Iterable[bytes], timeout_s: float) -> LogText:
    """The first and the last lines of a stream of bytes; stops reading when the time (seconds) is over."""
    head: list[LogLine] = []
    tail: deque[bytes] = deque(maxlen=TAIL_LINES)
    count = 0
    for line in _lines(chunks, time.monotonic() + timeout_s):
        count += 1
        if len(head) < HEAD_LINES:
            head.append(_parse(line))
        else:
            tail.append(line)
    return LogText(tuple(head), tuple(_parse(line) for line in tail), count - len(head) - len(tail))


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
