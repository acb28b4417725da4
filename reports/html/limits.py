"""The limits of a page: lists and texts end with a mark and the number of omitted items or characters."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from reports.text.phrases import plain

T = TypeVar("T")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The maximum numbers of items, and of characters of a sentence, a quoted text, a command and the text to copy."""

    causes: int
    pods: int
    subjects: int
    findings: int
    evidence: int
    steps: int
    checks: int
    ids: int
    moments: int
    sentence: int
    quote: int
    command: int
    markdown: int
    members: int


_BY_LEVEL = {
    "causes": (50, 20, 5),
    "pods": (50, 20, 10),
    "subjects": (12, 10, 3),
    "findings": (20, 5, 0),
    "evidence": (20, 3, 0),
    "steps": (20, 10, 2),
    "checks": (2_000, 1_000, 100),
    "ids": (50, 20, 3),
    "moments": (200, 100, 30),
    "sentence": (2_000, 600, 100),
    "quote": (6_000, 1_500, 100),
    "command": (20_000, 8_000, 1_000),
    "markdown": (16_000, 8_000, 2_000),
    "members": (2_000, 1_000, 200),
}
# A page uses the first of these with which it is small enough. The last one must make any report small: a character
# may become ten as a character reference, and a row has a dozen texts.
LEVELS = tuple(Limits(**dict(zip(_BY_LEVEL, level, strict=True))) for level in zip(*_BY_LEVEL.values(), strict=True))


class Limited(msgspec.Struct, Generic[T], frozen=True):
    """The first items of a list, and the number of the omitted ones."""

    shown: tuple[T, ...]
    omitted: int


def limited(items: Iterable[T], limit: int) -> Limited[T]:
    """Returns at most so many items; one more is shown too, because the note would take its space."""
    whole = tuple(items)
    shown = whole if 0 < len(whole) <= limit + bool(limit) else whole[:limit]
    return Limited(shown, len(whole) - len(shown))


def shortened(text: str, limit: int) -> str:
    """Truncates a text to so many characters, with a mark."""
    # Text far beyond the limit need not be sanitized.
    start = text[: 2 * limit + 1_000]
    shown = plain(start)
    more = len(shown) + len(text) - len(start) - limit
    return f"{shown[:limit]} … ({more:,} characters truncated)" if more > 0 else shown
