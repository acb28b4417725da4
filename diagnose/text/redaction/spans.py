"""Parts of a text that are masked."""

from collections.abc import Iterable
from typing import NamedTuple

MASK = "‹masked›"


class Span(NamedTuple):
    """A part of a text that must not be shown.

    Attributes:
        shape: the kind of secret, for people.
    """

    start: int
    end: int
    shape: str


def masked(text: str, spans: Iterable[Span]) -> str:
    """Returns the text with each part replaced by the mask; a part over several lines keeps their number."""
    found: list[str] = []
    done = 0
    for start, end in _merged(spans):
        found += (text[done:start], "\n".join([MASK] * (text.count("\n", start, end) + 1)))
        done = end
    found.append(text[done:])
    return "".join(found)


def _merged(spans: Iterable[Span]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end, _ in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged
