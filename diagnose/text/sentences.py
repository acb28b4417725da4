"""Sentences of reports: the maximum length of a finding's summary, durations, suggestions for misspelled names."""

import re
from collections.abc import Iterable

MAX_LENGTH = 160
"""The maximum number of characters, which fit on two lines of a terminal."""
SHORTEST = 8
"""The least number of characters of a detail that say anything."""


def fit(head: str, detail: str = "", follows: str = "") -> str:
    """Returns `head (detail), follows.`; drops `follows` and then truncates the detail where that is too long."""
    sentence = f"{head} ({detail})" if detail else head
    if follows and len(sentence) + len(follows) + 3 <= MAX_LENGTH:
        return f"{sentence}, {follows}."
    available = MAX_LENGTH - len(head) - 4
    if detail and available < SHORTEST:
        return f"{head}."
    if detail and len(detail) > available:
        return f"{head} ({truncate(detail, available)})."
    return f"{sentence}."


def truncate(sentence: str, longest: int = MAX_LENGTH) -> str:
    """Returns the sentence, truncated with an ellipsis where it is too long, at the end of a word if possible.

    No full stop follows the ellipsis.
    """
    sentence = re.sub(r"…\.$", "…", sentence)
    if len(sentence) <= longest:
        return sentence
    available = sentence[: longest - 1]
    shortened = available.rpartition(" ")[0]
    return f"{(shortened if len(shortened) > longest // 2 else available).rstrip(',;: ')}…"


def ending(reason: str, longest: int = MAX_LENGTH) -> str:
    """Returns the reason; of one that is too long its last clauses that fit, because an error ends with its cause."""
    at = reason.find(": ", max(len(reason) - longest, 0))
    fitting = reason[at + 2 :] if at >= 0 else ""
    return truncate(reason, longest) if len(reason) <= longest or not fitting else f"… {fitting}"


def span(seconds: float) -> str:
    """Formats a duration in its largest suitable unit: "90 s", "5 min", "3 h", "2 d"."""
    seconds = max(seconds, 0.0)
    for unit, size, enough in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < enough:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def number_of(count: int, noun: str) -> str:
    """Formats a number of things: "1 task", "2 tasks"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """Formats how often something happens: "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def suggestions(name: str, known: Iterable[str]) -> str:
    """Returns the known names that are similar to a misspelled one, as the end of a sentence; "" for none."""
    import difflib

    found = difflib.get_close_matches(name, tuple(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def listed(names: Iterable[str], most: int = 4) -> str:
    """Returns names with commas; of many the first ones and how many more there are."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most])}{more}"


def joined(names: Iterable[str], most: int = 4) -> str:
    """Returns names with commas and a last "and"; of many the first ones and how many more there are."""
    every = list(dict.fromkeys(names))
    if len(every) > most or len(every) < 2:
        return listed(every, most)
    return f"{', '.join(every[:-1])} and {every[-1]}"
