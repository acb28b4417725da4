"""Evidence in a few lines: each piece once, without what the sentence says already, and never cut before its point."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from diagnose.model.report import Cause, Evidence, Finding, Report
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from reports.text.phrases import plain

MAX_PIECES = 2
MAX_LINE = 110
"""The characters of a line that are shown."""
_NEAR = MAX_LINE // 2
"""How far from its earliest place a part may begin, so that it begins where a clause does."""
_WORD = lazy(r"[A-Za-z_](?:[\w.-]*\w)?|\d{2,}")
_FILLERS = frozenset(
    ("and", "are", "for", "from", "has", "have", "into", "its", "not", "that", "the", "this", "was", "which", "with")
)
_ERROR = lazy(
    r"(?i)\b(?:\w+(?:error|exception)|error|fatal|panic|fail(?:ed|ure)?|refused|denied|exception|cannot|could not|"
    r"timed? ?out|invalid|"
    r"unavailable|unauthorized|forbidden|expired|x509|certificate|handshake|not found|"
    r"no (?:such|space|entry|\w+ exists)|does not|not enough|insufficient|unreachable|untolerated|exceeded)\b"
)
# The frames of a stack in several lines, which are indented in every language; the error is in a line that is not.
_FRAME = lazy(r"(?m)^[ \t]++(?:at |File \"|\.\.\. \d+ more)")
_INDENTED = (" ", "\t")
_BEGINS = lazy(r"[ \"/]++")
_QUOTE, _STOPS = '"', " .,:;…"
# Words that only announce an error.
_VAGUE = frozenset({"uncaught", "unhandled", "error", "fatal", "fail", "failed", "failure", "exception"})
_CLAUSE = lazy(r"(?<=[:;.]) | - | (?=\()")
_ESCAPE = lazy(r"(?<!\\)\\++(?=[\"'/])")
# {"kind":"Status",…,"message":"…","reason":…}, as the API server refuses.
_API_STATUS = lazy(
    r'\{"kind":"Status"[^\n]{0,200}?"message":"(?P<message>[^\n]{1,600}?)","(?:reason|details|code)"[^\n]*+'
)
# Where an error of several lines goes on: an answer of Vault, and what follows "Errors:".
_GOES_ON = lazy(r"\n(?=URL: [A-Z]|Code: \d)|(?<=Errors:)\s+(?:\* \d+ errors? occurred:\s+)?(?:\* )?")
# Fields of a log entry after its message.
_FIELDS = lazy(r'(?<=")(?: \w+=[^\s"]+)+\Z')
# What the scheduler says of pods that could make room, after why no node suits.
_PREEMPTION = lazy(r"(?<=[a-z})])[.,] (?:no new claims to deallocate|preemption: |not found\Z)")
_TIME = lazy(r"\d{4}-\d\d-\d\d[T ][\d:.,]+Z?|\b\d{10,19}\b")
_CHANGE = lazy(r"revision \d+ was made |made by ")


def shown_evidence(cause: Cause, report: Report) -> tuple[str, ...]:
    """Returns the pieces to show: each with its source, how often it was seen, and its most informative line."""
    own = f", {report.target.workload_name}"
    stated = _stated(cause.finding)
    pieces = list(islice(_pieces(cause.finding, stated), MAX_PIECES)) or _effect(cause, report)
    return tuple(
        f"{one_line(each.source).removesuffix(own)}{f', {each.count:,} times' if each.count > 1 else ''}: {line}"
        for each, line in pieces
    )


def _effect(cause: Cause, report: Report) -> list[tuple[Evidence, str]]:
    """Returns the error that a cause explains and its sentence is about most, for one without evidence of its own.

    That the sentence says all that its evidence does needs no error of another kind with it.
    """
    if not all(_CHANGE.match(each.text) for each in cause.finding.evidence):
        return []
    about, stated = _tokens(cause.finding.summary), _stated(cause.finding)
    explained = (each for each in report.outcomes if each.check in cause.explains)
    found = (piece for outcome in explained for each in outcome.findings for piece in _pieces(each, stated))
    errors = [each for each in found if _ERROR.search(each[1])]
    if not errors:
        return []
    # That a program exited says less than why.
    return [max(errors, key=lambda each: (not each[1].startswith("exit code"), _worth(each[1], about)))]


def _stated(finding: Finding) -> set[str]:
    """Returns the words of the sentence and of the fix; a command that only looks for a text does not state it."""
    fix = finding.remediation
    changing = (each.command for each in fix.steps if each.changes)
    return _tokens(" ".join((finding.summary, fix.summary, *(each.text for each in fix.steps), *changing)))


def _pieces(finding: Finding, stated: set[str]) -> Iterator[tuple[Evidence, str]]:
    seen: set[str] = set()
    for each in finding.evidence:
        line = informative_line(each.text, finding.summary)
        repeats = stated >= _tokens(line) - _VAGUE
        # What brought the cause is the change, which has a line of its own.
        if repeats or _CHANGE.match(each.text) or (key := _TIME.sub("", line)) in seen:
            continue
        seen.add(key)
        yield each, line


def informative_line(text: str, sentence: str) -> str:
    """Returns the line of a text that has most of a sentence's words, else an error's, as far as there is room."""
    stated = _tokens(sentence)
    readable = _GOES_ON.sub(" ", _API_STATUS.sub(r"\g<message>", _ESCAPE.sub("", plain(text))))
    lines = [each for each in readable.split("\n") if each.strip()]
    if _FRAME.search(readable):
        lines = [each for each in lines if not each.startswith(_INDENTED)] or lines
    lines = [one_line(each) for each in lines]
    best = max(lines, key=lambda each: _worth(each, stated), default="")
    if "nodes are available: " in best:
        best = _PREEMPTION.split(best, maxsplit=1)[0]
    return best if len(best) <= MAX_LINE else _part(_FIELDS.sub("", best), stated)


def _part(line: str, stated: set[str]) -> str:
    """Returns the part of a long line that says most, from and to the ends of clauses where they are near.

    Of equal parts it is the last: an error ends with its cause.
    """
    clauses = [each.end() for each in _CLAUSE.finditer(line)]
    whole = {len(line), *clauses}
    ends = {*whole, *(line.rfind(" ", 0, each) for each in range(MAX_LINE, len(line), _NEAR))}
    parts = [(_begin(line, end, clauses), end) for end in ends]
    begin, end = max(parts, key=lambda each: (_worth_of_part(line, each, stated, whole), each[1]))
    # Where a part begins later than it might, more of the line fits after it.
    last = begin + MAX_LINE
    clause = max((each for each in (*whole, end) if each <= last), default=end) if end in whole else 0
    # A short clause announces what comes after it.
    end = clause if clause - begin > _NEAR or clause == len(line) else max(clause, line.rfind(" ", 0, last))
    part = line[begin:end].strip()
    part = part.removesuffix(_QUOTE) if part.count(_QUOTE) % 2 else part
    return f"{'… ' if begin else ''}{part if end == len(line) else f'{part.rstrip(_STOPS)}…'}"


def _begin(line: str, end: int, clauses: list[int]) -> int:
    """Returns where the part of a line begins that ends there: with a clause, else with a word."""
    first = end - MAX_LINE
    if first <= 0:
        return 0
    word = _BEGINS.search(line, first - 1, first + _NEAR)
    near = clauses[(at := bisect_left(clauses, first)) : at + 1]
    return near[0] if near and near[0] < first + _NEAR else word.end() if word else first


def _worth_of_part(line: str, part: tuple[int, int], stated: set[str], whole: set[int]) -> int:
    """Returns how much a part of a line is worth: the end of an error is worth most, one within a clause least."""
    text, end = line[slice(*part)], part[1]
    closes = end == len(line)
    return _says(text, stated) + closes + (closes and _ERROR.search(text) is not None) - (end not in whole)


def _says(part: str, stated: set[str]) -> int:
    """Returns how many of a sentence's words and, twice, of errors a part has, but for those that only announce one."""
    errors = {each[0].lower() for each in _ERROR.finditer(part)} - _VAGUE
    return len((stated & _tokens(part)) - _VAGUE) + 2 * len(errors)


def _worth(line: str, stated: set[str]) -> float:
    """Returns how much of a line the sentence is about, and whether it is an error."""
    tokens = _tokens(line)
    return len(tokens & stated) ** 2 / max(len(tokens), 1) + 0.3 * bool(_ERROR.search(line))


def _tokens(text: str) -> set[str]:
    return {each.lower() for each in _WORD.findall(text) if len(each) > 2} - _FILLERS
