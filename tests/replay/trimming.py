"""Trims a recording to what checks and the timeline read: its report stays the same.

Of a log stay the first and last lines, every entry that a signature or a step of a start matches, and the first and
last of similar entries that speak of an error. Lists lose what nothing else in the recording refers to (events of
objects that are gone, the control plane's accounts, roles that nobody else is given) and fields that no check reads.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

import reports
from checks import signatures
from diagnose.cli.assembly import prepare
from diagnose.cli.catalogue import catalogue
from diagnose.logs.signatures import messages
from diagnose.queries.kubernetes import LogText, ReadLog
from diagnose.sources.gateway import Exchange, Gateway
from diagnose.sources.recording import Recording
from diagnose.target.request import Request

Plain = dict[str, Any]
Changes = Iterator[tuple[str, Exchange]]
Trim = Callable[[Recording], Changes]
HEAD, TAIL, SHAPE = 5, 10, 160
UNREAD_FIELDS = frozenset({"uid", "kubectl.kubernetes.io/last-applied-configuration"})
CONTROL_PLANE = "kube-system"
_START_EVENTS = frozenset({"Pulling", "Pulled", "Created", "Started", "Scheduled"})
_ERROR = re.compile(
    r"error|fatal|fail|cannot|can't|could not|unable|denied|mismatch|panic|no such|not found|refused|invalid|expired"
    r"|closing because",
    re.I,
)
_CHANGING = re.compile(r"[0-9a-f-]{4,}|\d+")
_ID_OR_TIME = re.compile(r"\b[0-9a-f-]{8,}\b|\d\d:\d\d:\d\d[.,]?\d*")
_DURATION = re.compile(r'"duration_s": [\d.]+')


def trimmed(recording: Recording, report_of: Callable[[Recording], str]) -> Recording:
    """Returns the recording without what its report does not need; a trim that changes the report is left out."""
    report = report_of(recording)
    smallest = _apply(recording, *TRIMS)
    if report_of(smallest) == report:
        return smallest
    for trim in TRIMS:
        smaller = _apply(recording, trim)
        if report_of(smaller) == report:
            recording = smaller
    return recording


def report_of(path: Path) -> Callable[[Recording], str]:
    """Returns what makes the JSON report of a recording by the arguments of a recorded run, without durations."""
    examination = prepare(Request(replay=path))

    def render(recording: Recording) -> str:
        run = replace(examination, gateway=Gateway(recording, time.monotonic() + 60))
        return _DURATION.sub("", reports.RENDERERS["json"](run.run(threading.Event()), reports.Options()))

    return render


def _apply(recording: Recording, *trims: Trim) -> Recording:
    for trim in trims:
        recording = replace(recording, exchanges={**recording.exchanges, **dict(trim(recording))})
    return recording


def _lists(recording: Recording, *plurals: str) -> Iterator[tuple[str, Exchange, list[Plain]]]:
    for key, exchange in recording.exchanges.items():
        plural = exchange.query.get("plural")
        if plural and not exchange.error and (not plurals or plural in plurals):
            yield key, exchange, exchange.plain.get("items", [])


def _with(exchange: Exchange, items: Iterable[Plain]) -> Exchange:
    return msgspec.structs.replace(exchange, answer=msgspec.Raw(msgspec.json.encode({"items": list(items)})))


def _fields(recording: Recording) -> Changes:
    for key, exchange, items in _lists(recording):
        yield key, _with(exchange, _without_unread(items))


def _without_unread(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_without_unread(each) for each in plain]
    if isinstance(plain, dict):
        return {key: _without_unread(value) for key, value in plain.items() if key not in UNREAD_FIELDS}
    return plain


def _events(recording: Recording) -> Changes:
    lists = [(exchange.query["plural"], items) for _, exchange, items in _lists(recording)]
    names = {each["metadata"]["name"] for plural, items in lists if plural != "events" for each in items}
    for key, exchange, items in _lists(recording, "events"):
        yield key, _with(exchange, (_event(each) for each in items if _is_about(each, names)))


def _is_about(event: Plain, names: set[str]) -> bool:
    """Whether an event is about an object that exists, or about more than the start of a former pod of one."""
    name = event["involvedObject"].get("name", "")
    return name in names or (name.rpartition("-")[0] in names and event.get("reason") not in _START_EVENTS)


def _event(event: Plain) -> Plain:
    is_dated = "firstTimestamp" in event or "eventTime" in event
    return event | {"metadata": {} if is_dated else {"creationTimestamp": event["metadata"]["creationTimestamp"]}}


def _roles(recording: Recording) -> Changes:
    given = {each["roleRef"]["name"] for _, _, items in _lists(recording, "rolebindings") for each in items}
    for key, exchange, items in _lists(recording, "clusterrolebindings"):
        kept = [each for each in items if any(map(_is_outside, each.get("subjects") or ()))]
        given |= {each["roleRef"]["name"] for each in kept}
        yield key, _with(exchange, kept)
    for key, exchange, items in _lists(recording, "clusterroles"):
        yield key, _with(exchange, (each for each in items if each["metadata"]["name"] in given))


def _is_outside(subject: Plain) -> bool:
    """Whether a subject is an account outside the control plane, or a group that has such accounts."""
    if subject.get("kind") == "ServiceAccount":
        return subject.get("namespace") != CONTROL_PLANE
    return str(subject["name"]).startswith(("system:serviceaccount", "system:authenticated"))


def _control_plane(recording: Recording) -> Changes:
    for key, exchange, _ in _lists(recording, "serviceaccounts", "roles", "rolebindings", "configmaps"):
        if exchange.query["namespace"] == CONTROL_PLANE:
            yield key, _with(exchange, ())


def _errors_of_logs(recording: Recording) -> Changes:
    yield from _logs(recording, lambda text: _ERROR.search(text) is not None)


def _repeated_entries(recording: Recording) -> Changes:
    yield from _logs(recording, lambda _: True)


def _logs(recording: Recording, is_kept: Callable[[str], bool]) -> Changes:
    """The logs with the first and last of similar entries, of those that are to be kept."""
    for key, exchange in recording.exchanges.items():
        if exchange.query["query"] == ReadLog.__name__ and not exchange.error:
            text = _shortened(msgspec.json.decode(exchange.answer, type=LogText), is_kept)
            yield key, msgspec.structs.replace(exchange, answer=msgspec.Raw(msgspec.json.encode(text)))


def _shortened(text: LogText, is_kept: Callable[[str], bool]) -> LogText:
    entries = list(messages(text.lines))
    similar: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        if is_kept(entry[0].text):
            similar.setdefault(_CHANGING.sub("", entry[0].text[:SHAPE]), []).append(number)
    kept = {each for numbers in similar.values() for each in (numbers[0], numbers[-1])}
    kept |= {
        number
        for number, entry in enumerate(entries)
        if not HEAD <= number < len(entries) - TAIL or _is_known("\n".join(line.text for line in entry))
    }
    left = tuple(line for number in sorted(kept) for line in entries[number])
    return LogText(head=left, cut=text.cut + len(text.lines) - len(left))


def _is_known(text: str) -> bool:
    """Whether a signature or a step of the start matches an entry."""
    return _matches(_ID_OR_TIME.sub("0", text))


@lru_cache(maxsize=100_000)
def _matches(text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns())


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    known = [each for each in signatures.load() if not each.otherwise]
    cleared = [each.cleared for each in known if each.cleared]
    return (
        *(each.compiled for each in known),
        *cleared,
        *(done for each in catalogue().profiles.proven for _, done in each.step_patterns),
    )


TRIMS: tuple[Trim, ...] = (_fields, _events, _roles, _control_plane, _errors_of_logs, _repeated_entries)
