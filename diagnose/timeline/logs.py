"""The first error line of unhealthy pods, and the time of the first evidence of each cause."""

from collections.abc import Iterable, Iterator

from diagnose.logs.entries import Level, informative_line, parse
from diagnose.logs.signatures import excerpt, joined
from diagnose.model.report import Cause, Severity
from diagnose.model.timeline import MomentKind, Nature
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.target.target import Target
from diagnose.text.patterns import lazy
from diagnose.timeline.moments import Link, LinkedMoment, moment
from diagnose.timeline.observations import Observations
from diagnose.timeline.scope import TimelineScope
from diagnose.timeline.states import is_unhealthy

# How agents, databases and servers (programs other than the worker) mark an error in their logs.
_ERROR = lazy(r"\[ERROR\]|\bERROR\b|\bFATAL\b|\bPANIC\b|\bpanic:|\"level\":\"(?:error|fatal)\"|\blevel=error\b")


def logs(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[LinkedMoment]:
    """Yields the first error of each container in the worker's unhealthy pods, including its previous run."""
    unhealthy = {pod.name: pod for pod in scope.workers if is_unhealthy(pod)}
    first: dict[tuple[str, str], LogLine] = {}
    for query, text in observed.logs:
        if query.namespace != scope.namespace or query.pod not in unhealthy:
            continue
        is_worker = query.container == target.worker_container(unhealthy[query.pod]).name
        line = _first_error(text, is_worker=is_worker)
        key = (query.pod, query.container)
        if line and line.at and (key not in first or line.at < (first[key].at or line.at)):
            first[key] = line
    for (pod, container), line in first.items():
        if line.at:
            summary = f"First error in the log of {container}, pod {pod}: {_message(line)}"
            subject, source = scope.named("Pod", pod), f"log of {container}"
            yield moment(line.at, Nature.WRONG, MomentKind.LOG, subject, summary, source, link=Link.DIRECT)


def _first_error(text: LogText, *, is_worker: bool) -> LogLine | None:
    for line in joined(text.lines):
        wrong = parse(line).level is Level.ERROR if is_worker else _ERROR.search(line.text) is not None
        if wrong:
            return line
    return None


def _message(line: LogLine) -> str:
    """Returns the first line of an entry and the informative line of a response that it quotes."""
    lines = excerpt(parse(line).message or line.text, lines=40).split("\n")
    return lines[0] if len(lines) == 1 else f"{lines[0].rstrip(':')}: {informative_line(lines[1:])}"


def evidence_moments(causes: Iterable[Cause], scope: TimelineScope) -> Iterator[LinkedMoment]:
    """Yields the first time of the evidence for critical causes."""
    for cause in causes:
        if cause.finding.severity is not Severity.CRITICAL:
            continue
        for each in cause.finding.evidence:
            if each.first_at is None:
                continue
            pod = each.source.removeprefix("pod ").partition(",")[0] if each.source.startswith("pod ") else ""
            subject = scope.named("Pod", pod) if pod else (cause.finding.subjects or ("",))[0]
            text = each.text.strip().partition("\n")[0]
            yield moment(
                each.first_at, Nature.WRONG, MomentKind.LOG, subject, f"{each.source}: {text}",
                f"evidence of {cause.finding.code}", link=Link.DIRECT, until=each.last_at, count=each.count,
            )  # fmt: skip
