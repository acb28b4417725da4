"""How much of a report a page shows: lists and texts end with a mark and a count of what was left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from reports.text.phrases import plain

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that is shown: numbers of things, and characters of a sentence, a quoted text and a command."""

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


# A page takes the first of these with which it is small enough. The last must make any report small: each character
# may become ten, as a character reference, and each row has a dozen texts.
LEVELS = (
    Limits(
        causes=50,
        pods=50,
        subjects=12,
        findings=20,
        evidence=20,
        steps=20,
        checks=2_000,
        ids=50,
        moments=200,
        sentence=2_000,
        quote=6_000,
        command=20_000,
    ),
    Limits(
        causes=20,
        pods=20,
        subjects=10,
        findings=5,
        evidence=3,
        steps=10,
        checks=1_000,
        ids=20,
        moments=100,
        sentence=600,
        quote=1_500,
        command=8_000,
    ),
    Limits(
        causes=5,
        pods=10,
        subjects=3,
        findings=0,
        evidence=0,
        steps=2,
        checks=100,
        ids=3,
        moments=30,
        sentence=100,
        quote=100,
        command=1_000,
    ),
)


@dataclass(frozen=True)
class Cut(Generic[T]):
    """The first of some things, and how many more there are."""

    shown: tuple[T, ...]
    left: int


def cut(items: Iterable[T], most: int) -> Cut[T]:
    """At most so many; of one more than that, all, because the note would take its place."""
    whole = tuple(items)
    shown = whole if 0 < len(whole) <= most + bool(most) else whole[:most]
    return Cut(shown, len(whole) - len(shown))


def shortened(text: str, most: int) -> str:
    """At most so many characters, and a mark where there were more."""
    # What is far behind the end need not be made plain to be left out.
    near = text[: 2 * most + 1_000]
    shown = plain(near)
    more = len(shown) + len(text) - len(near) - most
    return f"{shown[:most]} … ({more:,} characters cut)" if more > 0 else shown
