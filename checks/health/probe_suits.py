"""Do the probes use a protocol that the worker can answer? The kubelet's events report the result, also of new pods.

A refused connection is not evaluated: until the start is complete, nothing listens.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import event_evidence, events_about, pods_of, progress_of, runs_for_s, worker_log
from diagnose.domain.kubernetes.probes import finding, patch
from diagnose.model.report import Evidence, Finding
from diagnose.resources import Event, Pod
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

SCHEME = Code(
    id="health.probe-scheme-mismatch",
    meaning="A probe uses HTTPS with an endpoint that uses HTTP, or vice versa.",
    fix="Correct the probe's scheme.",
)
COMMAND = Code(
    id="health.probe-command-missing",
    meaning="A probe runs a program that the image does not contain, so it never succeeds.",
    fix="Query the health endpoint instead, or run a program that the image contains.",
)
PROTOCOL = Code(
    id="health.probe-protocol-mismatch",
    meaning="A probe uses gRPC, and the health endpoint uses HTTP.",
    fix="Query the health endpoint by HTTP.",
)
FAILING = Code(
    id="health.probe-failing",
    meaning="A probe fails although the worker's start is complete; the kubelet's message is quoted.",
    fix="Correct the probe, or the endpoint that it queries.",
    transient=True,
)
CODES = (SCHEME, COMMAND, PROTOCOL, FAILING)
RECENT_S = 120.0
_EVENT = re.compile(r"\A(?P<kind>Startup|Liveness|Readiness) probe (?:failed|errored[^:]*): (?P<result>.*)", re.DOTALL)
_PROGRAM = re.compile(r'exec: "(?P<program>[^"]+)":.*(?:no such file|not found)')
# Other checks report these: nothing listens, no such path or port, the endpoint's own error status.
_REPORTED = re.compile(r"connection refused|reset by peer|\bEOF\b|statuscode: \d+|find port|strconv\.Atoi")


@dataclass(frozen=True)
class ProbeResult:
    """A failure of a probe: code, kind of probe, description that follows its name, and the correct scheme."""

    code: Code
    kind: str
    problem: str
    scheme: str = ""


def evaluate(message: str, *, finished: bool) -> ProbeResult | None:
    """Returns a probe's result by the kubelet's event; None where another check reports it or it may be transient."""
    event = _EVENT.match(message)
    if event is None:
        return None
    kind, result = event["kind"].lower(), one_line(event["result"])
    if "HTTP response to HTTPS client" in result:
        return ProbeResult(SCHEME, kind, "uses HTTPS, and the health endpoint uses HTTP", "HTTP")
    if "malformed HTTP response" in result:
        return ProbeResult(SCHEME, kind, "uses HTTP, and the health endpoint does not, but probably TLS", "HTTPS")
    if program := _PROGRAM.search(result):
        return ProbeResult(COMMAND, kind, f"runs {program['program']}, which the image does not contain", "HTTP")
    if "failed to connect service" in result or "code = Unimplemented" in result:
        return ProbeResult(PROTOCOL, kind, "uses gRPC, and the health endpoint uses HTTP", "HTTP")
    if _REPORTED.search(result) or not finished:
        return None
    return ProbeResult(FAILING, kind, f"fails, although the start is complete: {truncate(result, 70)}")


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the results of the kubelet's probes of pods that are not ready."""
    pods_of(ctx)
    found: dict[ProbeResult, list[tuple[Pod, Evidence]]] = {}
    for pod in ctx.target.pods:
        if pod.ready:
            continue
        worker = ctx.target.worker_container(pod).name
        for event in events_about(ctx, pod, "Unhealthy", within_s=RECENT_S, container=worker)[-1:]:
            if result := evaluate(event.message, finished=_was_finished(ctx, pod, event)):
                found.setdefault(result, []).append((pod, event_evidence(ctx, pod, event)))
    for result, hits in found.items():
        yield _finding(ctx, result, hits)


def _was_finished(ctx: Context, pod: Pod, event: Event) -> bool:
    """Whether the start of the current run was complete when the probe failed."""
    reached = progress_of(ctx, worker_log(ctx, pod))
    if runs_for_s(ctx, pod) is None or not reached.finished or reached.at is None or event.seen_at is None:
        return False
    return reached.at < event.seen_at


def _finding(ctx: Context, result: ProbeResult, hits: list[tuple[Pod, Evidence]]) -> Finding:
    worker = ctx.target.worker_container(hits[0][0])
    port: int | str = next((each.name for each in worker.ports if each.name), 8080)
    correct = {"path": ctx.target.profile.health_path, "port": port, "scheme": result.scheme}
    # A probe can have only one handler.
    handlers = {"exec": None, "grpc": None, "httpGet": correct}
    change = patch(ctx, "Correct the probe.", worker.name, **{f"{result.kind}Probe": handlers})
    return finding(ctx, result.code, result.kind, result.problem, hits, *((change,) if result.scheme else ()))


PROBE_SUITS = Check(
    id="health.probe-suits",
    title="The probes use a protocol that the worker can answer",
    stage=stages.PROBE_ANSWER,
    run=run,
    codes=CODES,
    reads=(*EVENTS, *optional(WORKER_LOGS)),
)
