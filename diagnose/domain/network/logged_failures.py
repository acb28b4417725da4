"""Connections that programs could not make, as their logs have them: of which host and port, in which line."""

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Context
from diagnose.domain.network.reachability import Reachability, Route
from diagnose.logs.errors import entries_of
from diagnose.logs.reading import FRAME
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Evidence
from diagnose.queries.kubernetes import LogLine
from diagnose.target.named_hosts import ends_in
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

RECENT = timedelta(minutes=10)
"""How old a failure of a running program may be to be one of now."""
_LAST_LINES, _NOW_LINES = 200, 10
# In whatever language: of sockets, of resolvers, and of those who report them.
_FAILED = lazy(
    r"refused|timed? ?out|timeout|deadline exceeded|no such host|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH"
    r"|ENETUNREACH|ECONNRESET|ETIMEDOUT|not resolve|name resolution|ervice not known|nreachable|no route to host"
    r"|translate host name"
    r"|annot connect|an't connect|annot reach|not connect|ailed to connect|nable to connect|connect failed|bad address"
    r"|UnknownHost|name or service|misbehaving|getaddrinfo|failed to dial|connection (?:failed|reset|error)|no healthy"
    r"|\bwaiting (?:for|on)\b",
    re.IGNORECASE,
)
# What a program states of itself, such as (timeout 5s) or "connectTimeoutMS": 30000.
_SETTING = lazy(
    r"timeout\w{0,12}[\"'\\]{0,2}\s{0,2}(?:[=:]|of|is|to|set to)?\s{0,2}[\"']?"
    r"\d[\d.]{0,12}\s?(?:ms|s|m|h|sec|seconds|millis\w{0,7})?\b"
    r"(?!\W{0,3}(?:exceeded|expired|elapsed|reached|passed))",
    re.IGNORECASE,
)
_LOOKUP = lazy(
    r"(?:ENOTFOUND|EAI_AGAIN|resolve host:?|host name|bad address|UnknownHostException:|server at) "
    r"[\"'(]?(?P<host>[A-Za-z][A-Za-z0-9.-]{0,252})|\blookup (?P<looked_up>[A-Za-z][A-Za-z0-9.-]{0,252})(?::? on |: )"
)
# host a and port 1, host='a', port=1, server at "a" (10.0.0.1), port 1
_HOST_AND_PORT = lazy(
    r"\b(?:host(?:name)?|server at)[\s=:]{1,3}[\"'(]{0,2}(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})[\"')]{0,2}"
    r"(?: \([\da-fA-F.:]{2,45}\))?[\s,(]{1,3}(?:and |on )?port[\s=:]{1,3}(?P<port>\d{2,5})\b"
)
# Of a name that does not exist, and of one that no server answered for.
_NOT_FOUND = lazy(
    r"ENOTFOUND|EAI_NONAME|no such host|not known|does not resolve|no address associated|UnknownHost|bad address"
    r"|(?:can(?:not|'t)|could not|unable to|failed to) (?:be )?resolve|produced zero addresses",
    re.IGNORECASE,
)
_UNRESOLVED = lazy(
    r"EAI_AGAIN|temporary failure in name resolution|server misbehaving"
    r"|\blookup [\w.-]{1,253}+ on \S{1,60}+ [^\n]{0,200}(?:i/o timeout|refused|unreachable)",
    re.IGNORECASE,
)
_SOURCE_FILE = lazy(r"\w+\.(?:go|py|js|ts|mjs|cjs|jsx|tsx|java|kt|scala|rb|rs|cs|php|c|cc|cpp|exs?)")
_PORT = lazy(r"\bport:? (?P<port>\d{2,5})\b")


class LoggedFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a log about a connection that failed; one of the last lines of a pod that is not ready is its state."""

    log: ContainerLog
    line: LogLine
    is_last: bool

    def mentions(self, *names: str) -> bool:
        """Whether the line names one of these hosts or addresses."""
        return any(_mentions(self.line.text, name) for name in names if name)

    @property
    def lookup(self) -> Reachability | None:
        """How the lookup of a name failed, None where it was another failure."""
        if _UNRESOLVED.search(self.line.text):
            return Reachability.NAME_UNRESOLVED
        return Reachability.NO_SUCH_NAME if _NOT_FOUND.search(self.line.text) else None

    def ends(self) -> Iterator[tuple[str, int, bool]]:
        """Yields the hosts and ports that the line names, each with whether the host is surely one."""
        text = self.line.text[:2000]
        yield from (end for end in ends_in(text) if not _SOURCE_FILE.fullmatch(end[0]))
        yield from ((hit["host"], int(hit["port"]), True) for hit in _HOST_AND_PORT.finditer(text))
        port = _PORT.search(text)
        for hit in _LOOKUP.finditer(text):
            yield (hit["host"] or hit["looked_up"]).rstrip("."), int(port["port"]) if port else 0, True


def _mentions(text: str, name: str) -> bool:
    """Whether a text contains a name as a whole; a longer one that starts with it, such as its full name, counts."""
    start = text.lower().find(name.lower())
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(name) : start + len(name) + 1]
        if not (before.isalnum() or before in {"-", "_", "."}) and not (after.isalnum() or after in {"-", "_"}):
            return True
        start = text.lower().find(name.lower(), start + 1)
    return False


def failures(ctx: Context) -> tuple[LoggedFailure, ...]:
    """Returns the recent failures, the latest first; of logs that are not accessible none."""
    logs = ctx.detail(ctx.logs) or ()
    return ctx.run_data.once("logged failures", lambda: tuple(_failures(ctx, logs)))


def _failures(ctx: Context, logs: tuple[ContainerLog, ...]) -> Iterator[LoggedFailure]:
    for log in logs:
        lines = log.text.lines
        begin = next((at + 1 for at in range(len(lines) - 1, -1, -1) if not _is_recent(ctx, log, at)), 0)
        for number, texts in reversed(tuple(entries_of(lines[begin:]))):
            for at in range(begin + number + len(texts) - 1, begin + number - 1, -1):
                if _is_failure(lines[at].text):
                    is_last = not log.ready and at >= len(lines) - _NOW_LINES
                    found = LoggedFailure(log=log, line=lines[at], is_last=is_last)
                    yield found if any(found.ends()) else _with_host(found, texts)


def _is_failure(line: str) -> bool:
    if not _FAILED.search(line) or FRAME.match(line):
        return False
    return bool(_FAILED.search(_SETTING.sub("", line)))


def _is_recent(ctx: Context, log: ContainerLog, at: int) -> bool:
    line = log.text.lines[at]
    if line.at is None:
        return at >= len(log.text.lines) - _LAST_LINES
    return log.run == "previous" or ctx.age(line.at) <= RECENT


def _with_host(failure: LoggedFailure, entry: list[str]) -> LoggedFailure:
    """Returns a failure with the line of its entry that names the host, as where a resolver's error names none.

    That is the first line, or in a traceback one that was thrown because of the failure.
    """
    for line in (entry[0], *(each for each in entry[1:] if not FRAME.match(each))):
        named = replace(failure, line=msgspec.structs.replace(failure.line, text=line))
        if line != failure.line.text and any(named.ends()):
            text = f"{line[:500].strip().rstrip(':')}: {failure.line.text.strip()}"
            return replace(failure, line=msgspec.structs.replace(failure.line, text=text))
    return failure


def by_failed_lookup(ctx: Context, route: Route, host: str) -> Route:
    """Returns the route to a host that a log shows not to resolve; the same where none does."""
    found = tuple(each for each in failures(ctx) if each.lookup and each.mentions(host))
    if not found:
        return route
    ctx.cover(route.missing, "the log shows how its lookup failed")
    return replace(route, state=found[0].lookup or route.state, evidence=evidence_of(ctx, found))


def evidence_of(ctx: Context, found: tuple[LoggedFailure, ...]) -> tuple[Evidence, ...]:
    """Records the latest line of each of the first two logs, with how many there are."""
    latest: dict[tuple[str, str], list[LoggedFailure]] = {}
    for each in found:
        latest.setdefault((each.log.pod, each.log.container), []).append(each)
    return tuple(
        ctx.record_evidence(
            f"pod {pod}, {container}",
            f"{truncate(lines[0].line.text.strip(), 240)} ({len(lines)} lines)",
            command=lines[0].log.command,
        )
        for (pod, container), lines in list(latest.items())[:2]
    )
