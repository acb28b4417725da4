"""The first error line of pods that are not well, and when what the causes have seen was seen first."""

import re
from collections.abc import Iterable, Iterator

from diagnose.logs.entries import Level, parse, telling
from diagnose.logs.signatures import excerpt, joined
from diagnose.model.report import Cause, Severity
from diagnose.model.timeline import MomentKind, Nature
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from diagnose.target.target import Target
from diagnose.timeline.moments import Link, Told, moment
from diagnose.timeline.observations import Seen
from diagnose.timeline.scope import Scope
from diagnose.timeline.states import is_unwell

# Of programs other than the worker: how agents, databases and servers mark an error in their logs.
_ERROR = re.compile(r"\[ERROR\]|\bERROR\b|\bFATAL\b|\bPANIC\b|\bpanic:|\"level\":\"(?:error|fatal)\"|\blevel=error\b")


def logs(seen: Seen, scope: Scope, target: Target) -> Iterator[Told]:
    """The first error of each container of a worker's pod that is not well, its run before included."""
    unwell = {pod.name: pod for pod in scope.workers if is_unwell(pod)}
    first: dict[tuple[str, str], LogLine] = {}
    for query, text in seen.logs:
        if query.namespace != scope.namespace or query.pod not in unwell:
            continue
        is_worker = query.container == target.worker_container(unwell[query.pod]).name
        line = _first_error(text, is_worker=is_worker)
        key = (query.pod, query.container)
        if line and line.at and (key not in first or line.at < (first[key].at or line.at)):
            first[key] = line
    for (pod, container), line in first.items():
        if line.at:
            summary = f"First error in the log of {container}, pod {pod}: {_words(line)}"
            query = ReadLog(namespace=scope.namespace, pod=pod, container=container)
            told = moment(
                line.at, Nature.WRONG, MomentKind.LOG, scope.named("Pod", pod), summary, _source(query.container)
            )
            yield Told(told, Link.DIRECT)


def _source(container: str) -> str:
    return f"log of {container}"


def _first_error(text: LogText, *, is_worker: bool) -> LogLine | None:
    for line in joined(text.lines):
        wrong = parse(line).level is Level.ERROR if is_worker else _ERROR.search(line.text) is not None
        if wrong:
            return line
    return None


def _words(line: LogLine) -> str:
    """What an entry says: its first line and, of an answer that it quotes, the last."""
    told = excerpt(parse(line).message or line.text, lines=40).split("\n")
    return told[0] if len(told) == 1 else f"{told[0].rstrip(':')}: {telling(told[1:])}"


def witnessed(causes: Iterable[Cause], scope: Scope) -> Iterator[Told]:
    """When the evidence of serious causes was seen first."""
    for cause in causes:
        if cause.finding.severity is not Severity.CRITICAL:
            continue
        for each in cause.finding.evidence:
            if each.first_at is None:
                continue
            pod = each.source.removeprefix("pod ").partition(",")[0] if each.source.startswith("pod ") else ""
            subject = scope.named("Pod", pod) if pod else (cause.finding.subjects or ("",))[0]
            text = each.text.strip().partition("\n")[0]
            yield Told(
                moment(
                    each.first_at, Nature.WRONG, MomentKind.LOG, subject, f"{each.source}: {text}",
                    f"evidence of {cause.finding.code}", until=each.last_at, count=each.count,
                ),
                Link.DIRECT,
            )  # fmt: skip
