"""Do the probes ask in a way that the worker can answer? The kubelet says what it got, also of a pod that is young.

A connection that is refused says nothing here: until its start is complete, nobody listens.

What the kubelet heard from a probe, by the words of its event.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import event_seen, events_about, progress_of, runs_for_s, subjects, worker_log
from diagnose.domain.kubernetes.probes import patch, steps
from diagnose.model.report import Evidence, Finding
from diagnose.resources import Event, Pod
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

SCHEME = Code(
    id="health.probe-scheme-mismatch",
    meaning="A probe speaks HTTPS to an endpoint that speaks HTTP, or the other way round.",
    fix="Correct the probe's scheme.",
)
COMMAND = Code(
    id="health.probe-command-missing",
    meaning="A probe runs a program that the image does not have, so it can never succeed.",
    fix="Ask the health endpoint instead, or run a program that the image has.",
)
PROTOCOL = Code(
    id="health.probe-protocol-mismatch",
    meaning="A probe asks by gRPC, and the health endpoint speaks HTTP.",
    fix="Ask the health endpoint by HTTP.",
)
FAILING = Code(
    id="health.probe-failing",
    meaning="A probe fails although the worker's start is complete; the kubelet's words say how.",
    fix="Correct the probe, or what it asks.",
    transient=True,
)
CODES = (SCHEME, COMMAND, PROTOCOL, FAILING)
_EVENT = re.compile(r"\A(?P<kind>Startup|Liveness|Readiness) probe (?:failed|errored[^:]*): (?P<said>.*)", re.DOTALL)
_PROGRAM = re.compile(r'exec: "(?P<program>[^"]+)":.*(?:no such file|not found)')
# Other checks tell these: nobody listens there, such a path or port is not there, the endpoint's own no.
_TOLD = re.compile(r"connection refused|reset by peer|\bEOF\b|statuscode: \d+|find port|strconv\.Atoi")


@dataclass(frozen=True)
class Heard:
    """What a probe got: code, kind of probe, words after "The readiness probe", and the scheme that would be right."""

    code: Code
    kind: str
    words: str
    scheme: str = ""


def judge(message: str, *, finished: bool) -> Heard | None:
    """What a probe got, by the kubelet's event; None where it is another check's business or may pass by itself."""
    event = _EVENT.match(message)
    if event is None:
        return None
    kind, said = event["kind"].lower(), one_line(event["said"])
    if "HTTP response to HTTPS client" in said:
        words = "asks by HTTPS, and the health endpoint speaks HTTP"
        return Heard(SCHEME, kind, words, "HTTP")
    if "malformed HTTP response" in said:
        words = "asks by HTTP, and the health endpoint does not speak it, as one with TLS"
        return Heard(SCHEME, kind, words, "HTTPS")
    if program := _PROGRAM.search(said):
        return Heard(COMMAND, kind, f"runs {program['program']}, which the image lacks", "HTTP")
    if "failed to connect service" in said or "code = Unimplemented" in said:
        return Heard(PROTOCOL, kind, "asks by gRPC, and the health endpoint speaks HTTP", "HTTP")
    if _TOLD.search(said) or not finished:
        return None
    return Heard(FAILING, kind, f"fails, although the start is complete: {truncate(said, 70)}")


LATELY_S = 120.0


def run(ctx: Context) -> Iterator[Finding]:
    """What the kubelet heard, of pods that are not ready."""
    if not ctx.target.pods:
        raise NotApplicableError("there are no pods")
    found: dict[Heard, list[tuple[Pod, Evidence]]] = {}
    for pod in ctx.target.pods:
        if pod.ready:
            continue
        worker = ctx.target.worker_container(pod).name
        for event in events_about(ctx, pod, "Unhealthy", within_s=LATELY_S, container=worker)[-1:]:
            if heard := judge(event.message, finished=_was_finished(ctx, pod, event)):
                found.setdefault(heard, []).append((pod, event_seen(ctx, pod, event)))
    for heard, hits in found.items():
        yield _finding(ctx, heard, hits)


def _was_finished(ctx: Context, pod: Pod, event: Event) -> bool:
    """Whether the present run's start was complete when the probe failed."""
    reached = progress_of(ctx, worker_log(ctx, pod))
    if runs_for_s(ctx, pod) is None or not reached.finished or reached.at is None or event.seen_at is None:
        return False
    return reached.at < event.seen_at


def _finding(ctx: Context, heard: Heard, hits: list[tuple[Pod, Evidence]]) -> Finding:
    names = tuple(pod.name for pod, _ in hits)
    worker = ctx.target.worker_container(hits[0][0])
    port: int | str = next((each.name for each in worker.ports if each.name), 8080)
    right = {"path": ctx.target.profile.health_path, "port": port, "scheme": heard.scheme}
    # One kind of question must go before another can be given.
    asked = {"exec": None, "grpc": None, "httpGet": right}
    look = steps(ctx, patch(ctx, "Correct the probe.", worker.name, **{f"{heard.kind}Probe": asked}), hits[0][0])
    follows = "it is never ready" if heard.kind == "readiness" else "the kubelet kills it again and again"
    return heard.code.finding(
        f"The {heard.kind} probe of {worker.name} {heard.words}, so {follows}.",
        steps=look if heard.scheme else look[1:],
        pods=names,
        subjects=subjects(names),
        evidence=(hits[0][1],),
    )


PROBE_SUITS = Check(
    id="health.probe-suits",
    title="The probes ask in a way that the worker can answer",
    stage=stages.PROBE_ANSWER,
    run=run,
    codes=CODES,
    reads=(*EVENTS, *optional(WORKER_LOGS)),
)
