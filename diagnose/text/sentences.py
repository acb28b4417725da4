"""Sentences for people: how long one of a finding may be, a span of time, and the names that a wrong one is near."""

import re
from collections.abc import Iterable

LONGEST = 160
"""Characters; what fits on two lines of a terminal."""


def fit(head: str, detail: str = "", follows: str = "") -> str:
    """`head (detail), follows.`: without what follows where that is too long, and then with the detail cut."""
    told = f"{head} ({detail})" if detail else head
    if follows and len(told) + len(follows) + 3 <= LONGEST:
        return f"{told}, {follows}."
    room = LONGEST - len(head) - 4
    if detail and len(detail) > room:
        return f"{head} ({detail[: max(room - 1, 0)].rstrip()}…)."
    return f"{told}."


def truncate(sentence: str, longest: int = LONGEST) -> str:
    """The sentence itself, or as much of it as is allowed, with a mark; a word is cut only where it is a long one.

    A mark ends a sentence, so no full stop follows one.
    """
    sentence = re.sub(r"…\.$", "…", sentence)
    if len(sentence) <= longest:
        return sentence
    room = sentence[: longest - 1]
    words = room.rpartition(" ")[0]
    return f"{(words if len(words) > longest // 2 else room).rstrip(',;: ')}…"


def span(seconds: float) -> str:
    """A time in the largest unit that says it well: "90 s", "5 min", "3 h", "2 d"."""
    for unit, size, enough in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < enough:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def near(name: str, known: Iterable[str]) -> str:
    """The names that one may have meant, as the end of a sentence; "" where none is near."""
    import difflib

    found = difflib.get_close_matches(name, tuple(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""
