"""Distinguishes in the lines of a log what an error states from the stack, the code and the fields that follow it."""

from collections.abc import Sequence

import msgspec

from diagnose.logs.reading import FRAME
from diagnose.text.patterns import lazy

TRACEBACK = "Traceback ("
# The bars of Python's groups of exceptions and of terraform.
_BARS = lazy(r"\A(?:\s{0,8}[|│]){1,4} ?")
_INTRODUCES = lazy(
    r"\s*+(?:Caused by:?|.{0,80}\bthread '[^']{0,80}'.{0,20} panicked at [^\s']{1,200}:\d+:\d+:?)\s*\Z"
    r"|\s*+During handling of the"
    r"|\s*+The above exception was|\s*+\[?errors\]?: \[|\s*+[+\-|]*-{4,}"
)
_CAUSE = lazy(r"\W{0,8}(?:Caused by: |---> |\[cause\]: |Root cause)")
_NUMBERED = lazy(r"\s{2,8}(?:\d{1,2}: )?\S")
_MARKER = lazy(r"\s*[\^~]+\s*\Z")
# What node prints of the fields of an error.
_FIELD = lazy(r"\s{2,}(?:errno|code|syscall|address|port|path|hostname|requireStack|stack)\b: .{0,400},?\Z")
MOST_CAUSES = 10


class Stacks(msgspec.Struct, kw_only=True):
    """The numbers of the lines of a log that belong to stacks.

    Attributes:
        skipped: calls, code, marks, fields and introductions.
        thrown: what tracebacks end with, whatever its class is called.
        causes: the causes of errors before them, each nearer to the origin than the one before.
    """

    skipped: set[int] = msgspec.field(default_factory=set)
    thrown: set[int] = msgspec.field(default_factory=set)
    causes: set[int] = msgspec.field(default_factory=set)


def without_bars(line: str) -> str:
    """Returns a line without the bars before it."""
    return line[bars.end() :] if (bars := _BARS.match(line)) else line


def stacks_of(lines: Sequence[str]) -> Stacks:
    """Returns what belongs to stacks, in one pass."""
    found = Stacks()
    in_traceback, causes_left = False, 0
    for number, given in enumerate(lines):
        line = without_bars(given)
        if not line.strip():
            continue
        if line.startswith(TRACEBACK):
            in_traceback = True
            found.skipped.add(number)
        elif in_traceback and line[0].isspace():
            found.skipped.add(number)
        elif _MARKER.match(line):
            found.skipped.update((number, number - 1))
        elif _INTRODUCES.match(line):
            found.skipped.add(number)
            causes_left = MOST_CAUSES if line.strip().startswith("Caused by") else 0
        elif FRAME.match(line) or _FIELD.match(line):
            found.skipped.add(number)
        else:
            if in_traceback:
                found.thrown.add(number)
            # After "Caused by:" on a line of its own: the numbered causes of anyhow, or the one of Rails.
            listed = causes_left and (_NUMBERED.match(line) or causes_left == MOST_CAUSES)
            causes_left = causes_left - 1 if listed else 0
            if listed or _CAUSE.match(line):
                found.causes.add(number)
            in_traceback = False
    return found
