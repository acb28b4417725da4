"""Finds the errors that a running program logs now: their kinds, how often, since when, and whether they are over."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import Enum, auto

import msgspec

from diagnose.logs.entries import Level
from diagnose.logs.reading import FRAME, Reading, read
from diagnose.logs.reasons import CLASS, FAILURE, LEAST, Chosen, choose, message_of, weight
from diagnose.logs.signatures import messages
from diagnose.logs.stacks import TRACEBACK
from diagnose.queries.kubernetes import LogLine
from diagnose.text.patterns import lazy

RECENT_S, ONCE_S, WARNED_S = 900.0, 600.0, 300.0
"""Errors without a later success are present for so long, a single one and warnings shorter."""
LEAST_WARNINGS = 3
"""Warnings and plain remarks about a failure count when they are repeated."""
INTERVALS = 3.0
"""An error that comes at intervals is present until so many of them have passed without it."""
LEAST_BURSTS = 3
MANY_FAILED = 3
SHARE_FAILED = 0.01

RETRIED = "retried"
"""The subject of a message about a try that is repeated: any later success is about it."""
CLIENT_ERROR = 400
MOST_JUDGED = 4_000
_CHANGING = b"0123456789abcdefABCDEF-"
_ZERO = lazy(r"(?<![\d.:])0(?![\d:x])")
_SUCCESS = lazy(
    r"(?<!not )(?<!un)\b(?:succe(?:ss|ssful|ssfully|eded|eds)|(?:re)?connected|established|recovered"
    r"|restored|resolved|ok|healthy|completed?|ready|done"
    r"|listening|passed|available|accept(?:ed|ing)|processed|served|serving|is up|started|loaded|saved"
    r"|sent|received|finished|200|201|204)\b",
    re.IGNORECASE,
)
# After this a program works, whatever went wrong on the way to it.
_STARTED = lazy(
    r"\b(?:listening (?:on|at)|(?:server|application|service|app|worker"
    r"|system) (?:is )?(?:now )?(?:started|running|ready|up)|startup complete|started (?:successfully"
    r"|[\w.]{1,60} in )"
    r"|ready (?:to|for) (?:accept|handle|serve|connections|requests)|initialization complete)",
    re.IGNORECASE,
)
_RETRIES = lazy(
    r"\b(?:re-?tr(?:y|ies|ying)|attempt|re-?connect\w*|back(?:ing)?[ -]?off|trying again|try again)\b"
    r"|\A\W*(?:still )?waiting",
    re.IGNORECASE,
)
# What a program does again until it succeeds, while a request or an item that failed is lost.
_RECOVERABLE = lazy(
    r"connect|refused|unreach|resolv|name resolution|host ?name|getaddrinfo|lookup|\bdial|no such host|unavailable"
    r"|ECONNRESET|ETIMEDOUT"
    r"|not (?:yet )?(?:ready|available|healthy|serving|started)|reset by peer|broken pipe|starting|down\b|offline",
    re.IGNORECASE,
)
# What another try does not change, and what ends the tries.
_FINAL = lazy(
    r"authenticat|authoriz|passw|credential|\blog-?in\b|denied|forbidden|not (?:allowed|permitted)|permission"
    r"|certificate|x509|invalid|malformed|unsupported|n[o']t exist|too many|exhausted"
    r"|(?:quota|limit|rate|size)s? (?:is |was )?exceeded|after \d+ (?:attempts|tries|retries)"
    r"|giv(?:e|es|ing) up|gave up|abort|disabl|without|fall(?:ing|s)? ?back",
    re.IGNORECASE,
)
# What servers log as errors of their own and clients cause, and advice about later versions.
_NO_FAULT = lazy(
    r"favicon\.ico|robots\.txt|\bclient (?:prematurely )?(?:closed|disconnected)|\bNot Found: /|\bCannot (?:GET|POST) /"
    r"|\bopen\(\) \"[^\"\n]{1,400}\" failed \(2:|\bdeprecat(?:ed|ion)\b|DeprecationWarning"
)
# What a caller gave up: alone it is no error of the one who reports it.
_CANCELLED = lazy(
    r"\b(?:context|request|operation|call|query|stream|task)s?:? (?:was |is |has been )?cancell?ed\b"
    r"|\bcode = Canceled\b|\b(?:Task|Operation)?Cancell?ed(?:Error|Exception)\b|due to user request"
)
_VARIABLE_PART = lazy(
    r"\b[0-9a-f]{8}-[0-9a-f\-]{27}\b|\b(?=[a-z]*\d)[0-9a-z]{10,}\b|0x[0-9a-f]+|\d+|\"[^\"]{0,200}\"", re.IGNORECASE
)
_WORD = lazy(r"[A-Za-z][A-Za-z]{2,}")
_HOST = lazy(r"\bhttps?://(?P<host>[^/?#\s]{1,253}+)")
_COMMON_TERMS = """
error errors failed failure fail fails exception fatal warning warn info debug the and for with from not cannot could
unable after before while this that was were are has have been can will connect connected connection connecting
connections timeout timed out refused denied again retry retrying attempt attempts http https get post put delete api
message level time null true false code status server host port line file caused exit dial tcp lookup read write open
found such application main java org com net python node console system default client request
"""
_COMMON = frozenset(_COMMON_TERMS.split())
# "100/100 connections in use", "pool is at 100 of 100".
_FULL = lazy(r"\b(?P<used>\d{1,7})\s?(?:/|of|out of)\s?(?P<limit>\d{1,7})\b")
_NUMBERED = lazy(
    r"\b(?:active|used|in[_ ]use|busy|current|open|size)\W{1,3}(?P<used>\d{1,7})\b[^\n]{0,60}?\b(?:max"
    r"|limit|total|capacity)\w*\W{1,3}(?P<limit>\d{1,7})\b",
    re.IGNORECASE,
)
_POOLED = lazy(
    r"\b(?:pool|connections?|descriptors?|handles?|slots|sessions?|threads?|memory|heap|queue|disk|quota"
    r"|capacity|storage|semaphore)\b",
    re.IGNORECASE,
)
_IN_USE = lazy(
    r"\b(?:us(?:ed|age|ing)|in[ _]use|active|busy|open|exhaust\w*|reached|max\w*|limit|full|utili[sz]\w*"
    r"|saturat\w*|wait\w*|occupied|at|taken|checked out)\b",
    re.IGNORECASE,
)
_WELL = lazy(
    r"\b(?:ready|healthy|started|up|ok|passed|complet\w*|initiali[sz]ed|loaded|running|done|success\w*"
    r"|processed|created|established|synced|available|idle|free)\b",
    re.IGNORECASE,
)
MOST_SUBJECTS = 40
MOST_LINES = 200
_TROUBLED = {Level.ERROR, Level.WARN, Level.DEBUG}
_CHAINS = ("During handling of", "The above exception")
# The beginnings of lines that belong to the entry before, in addition to indented ones; a thrown error after the entry
# of a logger is the one that the entry is about.
_CONTINUES = lazy(r"Caused by:|During handling of|The above exception|note: ")
_THROWN = lazy(r"(?:\w+\.)+\w*(?:Error|Exception)\b")


class Kind(msgspec.Struct, kw_only=True):
    """The errors of one kind in one log.

    Attributes:
        text: the message of the last of them.
        first: the number of the line that the first of them begins with.
        at: the number of the most informative line of the last one.
        entries: how many were retained.
        count: how many there are, with those that were only counted.
        total: of how many requests these are the failed ones, 0 where they are no requests.
        is_limit: whether it is no error yet: all of a pool is in use.
        weak: whether single ones are no error: a warning, a remark without a level, or what a caller gave up.
        is_warning: whether the logger calls it one.
        bursts: how many times it began again after a success.
        is_over: whether a later success makes it history.
        is_recoverable: whether it is of what is not available yet, and what fails is tried again.
        subjects: what a success is about that ends them.
    """

    text: str = ""
    first: int = -1
    at: int = 0
    entries: int = 0
    count: int = 0
    of_requests: bool = False
    total: int = 0
    is_limit: bool = False
    weak: bool = False
    is_warning: bool = False
    first_at: datetime | None = None
    last_at: datetime | None = None
    bursts: int = 0
    is_over: bool = False
    is_recoverable: bool = False
    subjects: frozenset[str] = frozenset()

    def add(self, number: int, line: LogLine) -> None:
        """Counts one more."""
        self.first = number if self.first < 0 else self.first
        self.entries += 1
        self.count += 1 + line.more
        self.first_at = self.first_at or line.at
        self.last_at = max(filter(None, (line.until, line.at, self.last_at)), default=None)

    def is_present(self, now: datetime) -> bool:
        """Whether it happens now: recently or again and again, and no success followed."""
        returns = self.bursts >= LEAST_BURSTS
        if (self.is_over and not returns) or (self.weak and self.count < LEAST_WARNINGS):
            return False
        if self.last_at is None or self.first_at is None:
            return True
        quiet, lasted = (now - self.last_at).total_seconds(), (self.last_at - self.first_at).total_seconds()
        if returns:
            return quiet <= max(INTERVALS * lasted / (self.bursts - 1), 60.0)
        if self.is_warning:
            return quiet <= WARNED_S and lasted <= WARNED_S / LEAST_WARNINGS * (self.count - 1)
        recent_s = ONCE_S if self.count == 1 else RECENT_S
        return quiet <= recent_s or (self.count >= LEAST_BURSTS and quiet <= INTERVALS * lasted / (self.count - 1))


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """The errors in a log.

    Attributes:
        present: the kinds that happen now, the first one first.
        only: whether nothing succeeded since the first of them, and they are repeated.
        entries: how many entries there are since then.
    """

    present: tuple[Kind, ...] = ()
    only: bool = False
    entries: int = 0


def errors_of(lines: Sequence[LogLine], now: datetime, is_settled: Callable[[Kind], bool] = lambda _: False) -> Errors:
    """Returns the errors of a log that are not over, without those that something else than the log shows to be."""
    begins: list[int] = []
    kinds = _Kinds(lines)
    for number, texts in entries_of(lines):
        begins.append(number)
        kinds.judge(number, texts)
    present = sorted((kind for kind in kinds.all() if kind.is_present(now)), key=lambda kind: (kind.weak, kind.first))
    for kind in present:
        if not kind.text:
            begin = begins[bisect_right(begins, kind.at) - 1]
            kind.text = _text([line.text for line in lines[begin : kind.at + 1]], kind.at - begin)
    present = [kind for kind in present if not is_settled(kind)]
    if not present:
        return Errors()
    first = min(kind.first for kind in present)
    since = len(begins) - bisect_left(begins, first)
    failed = sum(
        kind.entries
        for kind in present
        if not (kind.is_limit or kind.is_warning) and (kind.of_requests or FAILURE.search(kind.text))
    )
    repeated = failed >= MANY_FAILED and 3 * failed >= since
    return Errors(present=tuple(present), only=repeated and kinds.last_success < first, entries=since)


def entries_of(lines: Sequence[LogLine]) -> Iterator[tuple[int, list[str]]]:
    """Yields each entry with the number of its first line; a stack belongs to the entry before it."""
    number, pending, begun, in_traceback = 0, list[str](), 0, False
    for message in messages(lines):
        texts = [line.text for line in message]
        if pending and (in_traceback or _belongs(pending, texts[0])):
            pending += texts
        else:
            if pending:
                yield begun, pending
            begun, pending = number, texts
        # The error of a traceback is not indented.
        in_traceback = texts[0].startswith(TRACEBACK)
        number += len(texts)
    if pending:
        yield begun, pending


def _belongs(pending: list[str], line: str) -> bool:
    """Whether a line continues an entry: a stack does, unless the entry is about something that went well."""
    if line.startswith(TRACEBACK):
        return any(each.startswith(_CHAINS) for each in pending[-2:]) or _introduces(pending[0])
    if len(pending) > MOST_LINES:
        return False
    if _THROWN.match(line):
        return read(pending[0]).level in _TROUBLED
    return FRAME.match(line) is not None or _CONTINUES.match(line) is not None


def _introduces(line: str) -> bool:
    """Whether a line is one that the traceback after it is about; a logger that is not set up prints no level."""
    level = read(line).level
    return level in _TROUBLED or (level is Level.UNKNOWN and weight(line) > 0)


class Sort(Enum):
    """What an entry is for the judgement of a log."""

    NEITHER = auto()
    SUCCESS = auto()
    ERROR = auto()
    SERVED = auto()
    USAGE = auto()


class _Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What all entries of one shape are.

    Attributes:
        key: the kind of error, or of what is in use.
        weak: whether one alone is no error.
        is_warning: whether the logger calls it a warning.
        is_recoverable: whether another try may succeed.
        subjects: what it is about.
        is_start: whether it is the end of a start.
        number: which of the entry's lines is the most informative one.
    """

    sort: Sort
    key: str = ""
    weak: bool = False
    is_warning: bool = False
    is_recoverable: bool = False
    subjects: frozenset[str] = frozenset()
    is_start: bool = False
    number: int = 0


_NEITHER = _Judgement(sort=Sort.NEITHER)


class _Kinds:
    """The kinds of errors of a log, as entry after entry is judged."""

    def __init__(self, lines: Sequence[LogLine]) -> None:
        self.lines = lines
        self.found: dict[str, Kind] = {}
        self.succeeded: set[str] = set()
        self.served = 0
        self.last_success = -1
        self._by_shape: dict[tuple[bytes, bool], _Judgement] = {}

    def all(self) -> Iterator[Kind]:
        """Yields the kinds; of requests that failed and succeeded only those that failed often."""
        for kind in self.found.values():
            if kind.of_requests:
                kind.total = self.served
                if kind.bursts and not (kind.count >= MANY_FAILED and kind.count >= SHARE_FAILED * self.served):
                    continue
            yield kind

    def judge(self, number: int, texts: list[str]) -> None:
        """Counts an entry as an error, as the success after one, or neither."""
        # A log repeats itself: what was found out about an entry holds for all that differ only in numbers and ids.
        whole = "\n".join(texts)[:MOST_JUDGED]
        shape = whole.encode(errors="replace").translate(None, _CHANGING), _ZERO.search(whole) is not None
        judgement = self._by_shape.get(shape)
        if judgement is None:
            judgement = self._by_shape[shape] = _judge(texts)
        match judgement.sort:
            case Sort.ERROR:
                self._fail(number, judgement)
            case Sort.SUCCESS:
                self.last_success = number
                self._supersede(judgement)
            case Sort.SERVED:
                self._serve(number, judgement, read(texts[0]))
            case Sort.USAGE:
                self._use(number, judgement.key, texts[0])
            case Sort.NEITHER:
                pass

    def _fail(self, number: int, judgement: _Judgement) -> None:
        kind = self.found.setdefault(judgement.key, Kind(subjects=judgement.subjects, bursts=1))
        if kind.is_over:
            kind.is_over, kind.bursts = False, kind.bursts + 1
        kind.weak, kind.is_warning = judgement.weak, judgement.is_warning
        kind.is_recoverable = judgement.is_recoverable
        kind.at = number + judgement.number
        kind.add(number, self.lines[number])

    def _supersede(self, judgement: _Judgement) -> None:
        """Makes the errors history that a success is about; the end of a start is about all before it."""
        for kind in self.found.values():
            if not kind.is_over and (
                judgement.is_start or RETRIED in kind.subjects or kind.subjects & judgement.subjects
            ):
                kind.is_over = True

    def _serve(self, number: int, judgement: _Judgement, reading: Reading) -> None:
        line = self.lines[number]
        self.served += 1 + line.more
        key = f"request {_shape(reading.request)}"
        if reading.has_failed:
            kind = self.found.setdefault(key, Kind(of_requests=True))
            kind.bursts += kind.is_over or (not kind.bursts and key in self.succeeded)
            kind.is_over = False
            kind.add(number, line)
            kind.text, kind.at = f"{reading.request} was answered with {reading.status}", number
        elif reading.status < CLIENT_ERROR:
            self.succeeded.add(key)
            self.last_success = number
            for kind in self.found.values():
                kind.is_over = kind.is_over or not kind.subjects.isdisjoint(judgement.subjects)
            if (kind_before := self.found.get(key)) is not None:
                kind_before.bursts, kind_before.is_over = max(kind_before.bursts, 1), True

    def _use(self, number: int, key: str, text: str) -> None:
        if _saturation(read(text).message):
            kind = self.found.setdefault(key, Kind(is_limit=True))
            kind.is_over = False
            kind.add(number, self.lines[number])
            kind.at = number
        elif key in self.found:
            self.found[key].is_over = True


def _judge(texts: list[str]) -> _Judgement:
    """Returns what an entry is, for all of its shape."""
    first = texts[0]
    reading = read(first)
    if reading.status:
        # A request to another server, which has answered.
        host = _HOST.search(reading.request)
        return _Judgement(sort=Sort.SERVED, subjects=frozenset(_subjects(host["host"]) if host else ()))
    if _saturation(reading.message) is not None:
        return _Judgement(sort=Sort.USAGE, key=f"use {_shape(reading.message)}")
    explicit = reading.level is Level.ERROR
    if reading.level not in {Level.INFO, Level.DEBUG} and not _NO_FAULT.search(first):
        chosen, number = _reason(texts)
        if chosen and (explicit or chosen.is_error):
            text = _text(texts, number)
            is_warning = reading.level is Level.WARN
            vague = not explicit and chosen.weight <= LEAST + 1 and not CLASS.search(text)
            weak = is_warning or vague or _CANCELLED.search(text) is not None
            is_of_connection = _RECOVERABLE.search(text) is not None
            subjects = frozenset(_subjects(text)) if weak or is_of_connection else frozenset[str]()
            subjects |= {RETRIED} if _RETRIES.search(text) else frozenset()
            return _Judgement(
                sort=Sort.ERROR,
                key=_shape(text),
                weak=weak,
                is_warning=is_warning,
                is_recoverable=is_of_connection and not _FINAL.search(text),
                subjects=subjects,
                number=number,
            )
    if _SUCCESS.search(reading.message) and not FAILURE.search(reading.message):
        about, is_start = frozenset(_subjects(reading.message)), _STARTED.search(reading.message) is not None
        return _Judgement(sort=Sort.SUCCESS, subjects=about, is_start=is_start)
    return _NEITHER


def _reason(texts: Sequence[str]) -> tuple[Chosen | None, int]:
    """Returns the most informative line of an entry, and its number: that of what was thrown, if there is one."""
    thrown = choose(texts[1:]) if len(texts) > 1 else None
    if thrown and thrown.is_error and not texts[thrown.number + 1][:1].isspace():
        return thrown, thrown.number + 1
    chosen = choose(texts)
    return chosen, chosen.number if chosen else 0


def _text(texts: Sequence[str], number: int) -> str:
    """Returns the message of an entry with that of its most informative line."""
    text = message_of(texts[0])
    if not number:
        return text
    chosen = message_of(texts[number])
    is_named = weight(texts[0]) and not texts[0].startswith(TRACEBACK)
    return f"{text}: {chosen}" if is_named and chosen not in text else chosen


def _shape(text: str) -> str:
    """Returns a message without what differs from one occurrence to the next."""
    return _VARIABLE_PART.sub("#", text[:300])[:160].lower()


def _subjects(text: str) -> Iterator[str]:
    """Yields what a message is about: its words without those of all messages, in a form without endings."""
    for number, found in enumerate(_WORD.finditer(text)):
        if number >= MOST_SUBJECTS:
            return
        word = found[0].lower()
        if word not in _COMMON:
            yield re.sub(r"(?:ing|ed|es|s|e)\Z", "", word)


def _saturation(message: str) -> bool | None:
    """Returns whether a message reports that all of a pool is in use; None where it reports no use of one."""
    if not _POOLED.search(message) or not _IN_USE.search(message):
        return None
    used = _FULL.search(message) or _NUMBERED.search(message)
    if used is None or int(used["limit"]) < 2 or _WELL.search(message):
        return None
    return int(used["used"]) >= int(used["limit"])
