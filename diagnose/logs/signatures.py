"""Signatures: patterns of log text with their meaning, and their matches in logs."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import msgspec

from diagnose.commands.command import Command
from diagnose.commands.template import Template
from diagnose.commands.template import parse as parse_template
from diagnose.logs.entries import Format, parse
from diagnose.model.report import Alternative, Confidence, Evidence, Finding, Remediation, Severity, Step, Vantage
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

MAX_LINE = 300
MAX_ENTRY = 16_000
"""The longest text of an entry, which limits what a pattern costs."""


class Writer(StrEnum):
    """The kind of container that writes the log."""

    WORKER = "worker"
    AGENT_INIT = "agent-init"
    AGENT = "agent"
    INIT = "init"
    SIDECAR = "sidecar"


class SignatureStep(msgspec.Struct, frozen=True, dict=True, forbid_unknown_fields=True):
    """A step of the fix; texts and commands may contain {names} of the target and of the pattern's groups."""

    text: str
    command: str = ""
    changes: str = ""

    @cached_property
    def template(self) -> Template:
        """The command with its names still to fill in.

        Raises:
            TemplateError: it cannot be filled safely.
        """
        return parse_template(self.command)

    def filled(self, names: Mapping[str, str]) -> Step:
        """The step with these names."""
        command = self.template.filled(names)
        return Step(self.text.format_map(names), command, changes=self.changes.format_map(names))


class SignatureAlternative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an entry may mean instead, with the code of a finding that stands for it; its text may contain {names}."""

    text: str
    code: str = ""

    def filled(self, names: Mapping[str, str]) -> Alternative:
        """The alternative with these names."""
        return Alternative(self.text.format_map(names), self.code)


class Signature(msgspec.Struct, frozen=True, dict=True, forbid_unknown_fields=True):
    """A pattern of log text.

    Attributes:
        code: code of the finding that a match leads to.
        check: id of the check that reports it.
        writers: kinds of containers in whose log it is searched.
        pattern: regular expression for one entry (the lines of an entry are joined).
        summary: the finding's sentence, with {names} of the target and of the pattern's groups.
        fix: one imperative sentence, where the text allows a more specific one than the code has.
        severity: severity of the code.
        alternatives: what else a match may mean, the likeliest first.
        confidence: of the findings: likely where the code is a symptom, or there are alternatives.
        while_ready: whether it also applies to the log of a ready pod.
        otherwise: whether it applies only to entries that no other signature matches.
        is_general: whether any program logs the text, possibly about another server than the one that is checked.
        cleared_by: pattern of a later entry after which the error no longer applies.
        seen: origin of the text: "lab" for a real cluster, "library" for a program outside of one, "source" for text
            that was only read in the source code.
    """

    code: str
    check: str
    writers: tuple[Writer, ...]
    pattern: str
    summary: str
    fix: str = ""
    steps: tuple[SignatureStep, ...] = ()
    severity: Severity = Severity.CRITICAL
    alternatives: tuple[SignatureAlternative, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    while_ready: bool = False
    otherwise: bool = False
    is_general: bool = False
    cleared_by: str = ""
    seen: str = "source"

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern, re.DOTALL)

    @cached_property
    def cleared(self) -> re.Pattern[str] | None:
        """The compiled `cleared_by`."""
        return re.compile(self.cleared_by) if self.cleared_by else None


class ContainerLog(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A log and its origin.

    Attributes:
        run: "current" or "previous".
        ready: whether its pod is ready.
    """

    pod: str
    container: str
    writer: Writer
    run: str
    ready: bool
    command: Command
    text: LogText

    @cached_property
    def entries(self) -> tuple[LogLine, ...]:
        """The entries of the log, with the lines of one message joined."""
        return tuple(joined(self.text.lines))


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A match of a signature in one log, with its count, its times and the groups of the last occurrence."""

    signature: Signature
    log: ContainerLog
    groups: dict[str, str]
    count: int
    first_at: datetime | None
    last_at: datetime | None
    text: str
    found: str

    def is_about(self, *names: str) -> bool:
        """Whether it is about a server with one of these names; a text that only one program logs always is."""
        return not self.signature.is_general or any(name and name in self.text for name in names)

    @property
    def evidence(self) -> Evidence:
        """The match as evidence."""
        before = ", previous run" if self.log.run == "previous" else ""
        return Evidence(
            source=f"pod {self.log.pod}, {self.log.container}{before}",
            text=excerpt(self.text, self.found),
            vantage=Vantage.OPERATOR,
            command=self.log.command,
            count=self.count,
            first_at=self.first_at,
            last_at=self.last_at,
        )


_CONTINUES = lazy(
    r"\s|[|}\])•*]|URL: |Code: \d|\d+\. |Please ensure|The following required|🚨|Node\.js v|Require stack:|- |  "
)


def joined(lines: Iterable[LogLine]) -> Iterable[LogLine]:
    """Joins the lines of one message: stack traces, indented text, responses that the agent quotes."""
    for each in messages(lines):
        yield LogLine("\n".join(line.text for line in each)[:MAX_ENTRY].rstrip(), each[0].at)


def messages(lines: Iterable[LogLine]) -> Iterable[list[LogLine]]:
    """Yields the lines of each message."""
    pending: list[LogLine] = []
    for line in lines:
        if pending and (not line.text or _CONTINUES.match(line.text)) and len(pending) < 60:
            pending.append(line)
            continue
        if pending:
            yield pending
        pending = [line]
    if pending:
        yield pending


def find(logs: Iterable[ContainerLog], signatures: Iterable[Signature]) -> tuple[Match, ...]:
    """Returns all matches, in the order of the logs and signatures."""
    known = tuple(signatures)
    return tuple(match for log in logs for match in _matches(log, known))


def _matches(log: ContainerLog, known: tuple[Signature, ...]) -> Iterable[Match]:
    claimed: set[int] = set()
    found: dict[int, Match] = {}
    for number, signature in sorted(enumerate(known), key=lambda item: item[1].otherwise):
        if log.writer in signature.writers and (match := _match(log, signature, claimed)):
            found[number] = match
    return (found[number] for number in sorted(found))


def _match(log: ContainerLog, signature: Signature, claimed: set[int]) -> Match | None:
    """Returns the match of a signature in a log; it claims its entries, which a signature with `otherwise` skips."""
    if log.ready and not signature.while_ready:
        return None
    hits: list[tuple[LogLine, re.Match[str]]] = []
    for number, entry in enumerate(log.entries):
        if signature.otherwise and number in claimed:
            continue
        if hit := signature.compiled.search(entry.text):
            hits.append((entry, hit))
            claimed.add(number)
        elif signature.cleared and hits and signature.cleared.search(entry.text):
            hits.clear()
    if not hits:
        return None
    last, hit = hits[-1]
    return Match(
        signature=signature,
        log=log,
        groups={name: value or "" for name, value in hit.groupdict().items()},
        count=len(hits),
        first_at=hits[0][0].at,
        last_at=last.at,
        text=_message(last),
        found=hit[0],
    )


def findings(matches: Iterable[Match], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """Returns one finding for each signature and set of groups, about all pods with a match."""
    grouped: dict[tuple[str, str], list[Match]] = {}
    for match in matches:
        grouped.setdefault(
            (match.signature.code, match.signature.summary.format_map(_Names(names, match.groups))), []
        ).append(match)
    return tuple(_finding(summary, same, names) for (_, summary), same in grouped.items())


def _finding(summary: str, same: list[Match], names: Mapping[str, str]) -> Finding:
    first = same[0]
    signature = first.signature
    pods = tuple(dict.fromkeys(match.log.pod for match in same))
    context = {**names, "pod": pods[0], "container": first.log.container}
    filling = _Names(context, first.groups)
    return Finding(
        code=signature.code,
        summary=truncate(summary),
        severity=signature.severity,
        confidence=signature.confidence,
        alternatives=tuple(each.filled(filling) for each in signature.alternatives),
        subjects=tuple(f"pod/{pod}" for pod in pods),
        pods=pods,
        evidence=tuple(match.evidence for match in same[:3]),
        remediation=Remediation(summary=signature.fix, steps=tuple(step.filled(filling) for step in signature.steps)),
    )


class _Names(dict[str, str]):
    """Names for summaries and steps; those that are not known are shown in angle brackets."""

    def __init__(self, names: Mapping[str, str], groups: Mapping[str, str]) -> None:
        super().__init__({**names, **{key: value[:160] for key, value in groups.items()}})

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _message(entry: LogLine) -> str:
    """Returns the message of a structured entry with its code, or the whole text of a plain one."""
    parsed = parse(entry)
    if parsed.format not in {Format.STDERR, Format.WINSTON}:
        return entry.text
    code = parsed.fields.get("code")
    detail = parsed.fields.get("error")
    extra = f" ({detail})" if isinstance(detail, str) and detail not in parsed.message else ""
    return f"{parsed.message}{extra}{f' (code {code})' if isinstance(code, str) else ''}"


def excerpt(text: str, around: str = "", lines: int = 4) -> str:
    """Returns the lines of a text up to the match in it and what it introduces, each truncated to a screen's width."""
    filled = [line for line in (line.strip(" |\t") for line in text.splitlines()) if line]
    sought = next((line.strip(" |\t") for line in reversed(around.splitlines()) if line.strip(" |\t")), "")
    at = next((number for number, line in enumerate(filled) if sought and sought in line), 0)
    first = max(0, at - lines + 1)
    last = first + lines
    while last < min(len(filled), first + 2 * lines) and filled[last - 1].endswith(":"):
        last += 1
    shown = [_window(line, sought) for line in filled[first:last]]
    more = len(filled) - len(shown)
    return "\n".join(shown + ([f"…[{more} more lines]"] if more else []))


def _window(line: str, around: str) -> str:
    if len(line) <= MAX_LINE:
        return line
    start = max(0, line.find(around) - MAX_LINE // 4)
    head = "[truncated]… " if start else ""
    return f"{head}{line[start : start + MAX_LINE]} …[truncated]"
