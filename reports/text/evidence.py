"""Evidence in a few lines: each piece once, without what the sentence says already, and never cut before its point."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from diagnose.model.report import Cause, Evidence, Finding, Report
from diagnose.text.characters import one_line
from reports.text.phrases import plain

MAX_PIECES = 2
MAX_LINE = 110
"""The characters of a line that are shown."""
_BEFORE = 24
"""The characters before its point, where the beginning of a line is left out."""
_WORD = re.compile(r"[A-Za-z_][\w.-]{2,}|\d{2,}")
_ERROR = re.compile(
    r"(?i)\b(?:error|fatal|panic|fail(?:ed|ure)?|refused|denied|exception|cannot|could not|timed? ?out|invalid|"
    r"unavailable|unauthorized|forbidden|expired|x509|certificate|handshake|not found|no such|does not|not enough)\b"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.,]+Z?|\b\d{10,19}\b")
_CHANGE = re.compile(r"revision \d+ was made |made by ")


def shown_evidence(cause: Cause, report: Report) -> tuple[str, ...]:
    """Returns the pieces to show: each with its source, how often it was seen, and its most informative line."""
    own = f", {report.target.workload_name}"
    return tuple(
        f"{one_line(each.source).removesuffix(own)}{f', {each.count:,} times' if each.count > 1 else ''}: {line}"
        for each, line in islice(_pieces(cause.finding), MAX_PIECES)
    )


def _pieces(finding: Finding) -> Iterator[tuple[Evidence, str]]:
    stated = set(_tokens(finding.summary))
    seen: set[str] = set()
    for each in finding.evidence:
        line = informative_line(each.text, finding.summary)
        repeats = stated.issuperset(_tokens(line))
        # What brought the cause is the change, which has a line of its own.
        if repeats or _CHANGE.match(each.text) or (key := _TIME.sub("", line)) in seen:
            continue
        seen.add(key)
        yield each, line


def informative_line(text: str, sentence: str) -> str:
    """Returns the line of a text that has most of a sentence's words, else an error's, as far as there is room."""
    stated = set(_tokens(sentence))
    lines = [one_line(each) for each in plain(text).split("\n") if each.strip()]
    best = max(lines, key=lambda each: _worth(each, stated), default="")
    if len(best) <= MAX_LINE:
        return best
    found = (each for pattern in (_WORD, _ERROR) for each in pattern.finditer(best))
    points = sorted(each.start() for each in found if _counts(each[0], stated))
    near = (bisect_left(points, at + MAX_LINE - _BEFORE) - index for index, at in enumerate(points))
    # Of equal places the last: an error names its own cause behind it.
    _, point = max(zip(near, points, strict=True), default=(0, 0))
    begin = max(0, min(point - _BEFORE, len(best) - MAX_LINE))
    # From the beginning of a word, where one is near.
    space = best.find(" ", begin, begin + _BEFORE)
    begin = space + 1 if begin and space >= 0 else begin
    end = begin + MAX_LINE
    return f"{'… ' if begin else ''}{best[begin:end].strip()}{'…' if end < len(best) else ''}"


def _worth(line: str, stated: set[str]) -> float:
    """Returns how much of a line the sentence is about, and whether it is an error."""
    tokens = set(_tokens(line))
    return len(tokens & stated) ** 2 / max(len(tokens), 1) + 0.3 * bool(_ERROR.search(line))


def _counts(word: str, stated: set[str]) -> bool:
    return word.lower() in stated or bool(_ERROR.fullmatch(word))


def _tokens(text: str) -> list[str]:
    return [each.lower() for each in _WORD.findall(text)]
