"""How much of a report a page shows: lists and texts end with a mark and a count of what was left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from reports.wording import plain

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


# A page takes the first of these with which it is small enough; with the last, any report is.
LEVELS = (
    Limits(
        causes=50,
        pods=50,
        subjects=50,
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
        causes=10,
        pods=10,
        subjects=3,
        findings=1,
        evidence=1,
        steps=3,
        checks=300,
        ids=5,
        moments=30,
        sentence=200,
        quote=300,
        command=2_000,
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
    shown = whole if len(whole) <= most + 1 else whole[:most]
    return Cut(shown, len(whole) - len(shown))


def shortened(text: str, most: int) -> str:
    """At most about so many characters, with a mark where it was longer."""
    shown = plain(text)
    return shown if len(shown) <= most else f"{shown[:most]} … ({len(shown) - most:,} characters cut)"
