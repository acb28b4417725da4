"""Do the probes ask in a way that the worker can answer? The kubelet says what it got, also of a pod that is young.

A connection that is refused says nothing here: until its start is complete, nobody listens.
"""

from collections.abc import Iterator

from checks.hearing import CODES, Heard, judge
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.check.reads import EVENTS, WORDS
from diagnose.check.rights import deeper
from diagnose.domain.kubernetes.pods import event_seen, events_about, progress_of, runs_for_s, subjects, worker_log
from diagnose.domain.kubernetes.probes import patch, steps
from diagnose.model.report import Evidence, Finding
from diagnose.resources import Event, Pod

LATELY_S = 120.0


def ask(ctx: Context) -> Iterator[Finding]:
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
    ask=ask,
    codes=CODES,
    explained_by=("workload.node-healthy", "workload.memory-sufficient"),
    reads=(*EVENTS, *deeper(WORDS)),
)
