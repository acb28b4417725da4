"""Do the probes let the worker start? The specification alone proves nothing: a kill during a start that moved on does.

Node as first process ignores the request to end until its start is nearly over, so a killed start goes on for its time
of grace; a start that hangs prints nothing more. So what the log says after the kill was decided tells the two apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from checks.probing import last_kill, patch, path_and_port, patience_s, probes, steps
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Evidence, Finding
from diagnose.pods import log_of_end, progress_of, subjects, worker_log
from diagnose.probes.objects import Container, Event, Pod, Probe
from diagnose.signatures import ContainerLog

TOO_EARLY = Code(
    id="health.probe-too-early",
    meaning="The kubelet kills the worker while its start still moves on, because the liveness or startup probe gives up "
    "before a start can be complete. Nothing answers the probe until then.",
    fix="Give the container a startup probe that waits for a whole start.",
)
TOO_SLOW = Code(
    id="health.start-too-slow",
    meaning="The probes allow for a normal start, but the start takes longer than that and is killed on its way. A low CPU "
    "limit does that.",
    fix="Give the container more CPU, or a startup probe that waits longer.",
)
ENDING = ("Received SIG", "shutting down", "shutdown completed")


@dataclass(frozen=True, kw_only=True)
class Killed:
    """A start that a probe ended: the kind of probe, how long it waited, how long the start takes, if that is known."""

    pod: Pod
    kind: str
    probe: Probe
    takes_s: float | None
    evidence: tuple[Evidence, ...]


def ask(ctx: Context) -> Iterator[Finding]:
    """Starts that were killed on their way."""
    if not any(list(probes(ctx.target.worker_container(pod))) for pod in ctx.target.pods):
        raise NotApplicableError("there is no pod with an HTTP probe")
    found: dict[tuple[str, int], list[Killed]] = {}
    for pod in ctx.target.pods:
        if killed := _killed(ctx, pod):
            found.setdefault((killed.kind, patience_s(killed.probe)), []).append(killed)
    for (_, patience), kills in found.items():
        yield _finding(ctx, patience, kills)


def _killed(ctx: Context, pod: Pod) -> Killed | None:
    worker = ctx.target.worker_container(pod)
    kill = last_kill(ctx, pod, worker.name)
    run = _run(ctx, pod, worker, kill) if kill else None
    if kill is None or kill.seen_at is None or run is None:
        return None
    started_at, log = run
    reached = progress_of(ctx, log)
    kind = "startup" if "startup probe" in kill.message else "liveness"
    probe = dict(probes(worker)).get(kind)
    moved = [line.at for line in log.text.lines if line.at and not any(word in line.text for word in ENDING)]
    decided = kill.seen_at - timedelta(seconds=1)
    complete_before = reached.finished and reached.at is not None and reached.at < decided
    if probe is None or complete_before or not moved or moved[-1] < decided:
        return None
    takes = (reached.at - started_at).total_seconds() if reached.finished and reached.at else None
    seen = (
        ctx.saw(f"event Killing of pod {pod.name}", kill.message, command=f"kubectl -n {ctx.target.namespace} describe pod {pod.name}"),
        ctx.saw(f"pod {pod.name}, {worker.name}", f"after the kill was decided, the start went on to: {reached.told}", command=log.command),
    )  # fmt: skip
    return Killed(pod=pod, kind=kind, probe=probe, takes_s=takes, evidence=seen)


def _run(ctx: Context, pod: Pod, worker: Container, kill: Event) -> tuple[datetime, ContainerLog] | None:
    """Start and log of the run that was killed: the present one in its time of grace, else the one before."""
    status = pod.container_status(worker.name)
    if status is None or kill.seen_at is None:
        return None
    running, end = status.state.running, status.last_end
    if running and running.started_at and kill.seen_at >= running.started_at:
        log = worker_log(ctx, pod)
        return (running.started_at, log) if log else None
    if end is None or end.started_at is None or pod.ready or kill.seen_at < end.started_at:
        return None
    log = log_of_end(ctx, pod, end)
    return (end.started_at, log) if log else None


def _finding(ctx: Context, patience: int, kills: list[Killed]) -> Finding:
    first = kills[0]
    worker = ctx.target.worker_container(first.pod)
    # All pods with this probe suffer from it, whatever state they are in just now.
    same = (
        pod.name
        for pod in ctx.target.pods
        if dict(probes(ctx.target.worker_container(pod))).get(first.kind) == first.probe
    )
    names = tuple(dict.fromkeys(same))
    takes = next((each.takes_s for each in kills if each.takes_s), None)
    slow = patience >= ctx.target.profile.start_s
    needs = f"needs {takes:.0f} s to start" if takes else "is still starting then"
    limit = worker.resources.limits.get("cpu", "")
    throttled = f" (CPU limit {limit})" if slow and limit else ""
    path, port = path_and_port(first.probe, worker)
    threshold = int(max(2 * (takes or 0), 2 * ctx.target.profile.start_s) // 10)
    wait = {"httpGet": {"path": path, "port": port}, "periodSeconds": 10, "failureThreshold": threshold}
    change = patch(ctx, f"Let it start for up to {threshold * 10} s.", worker.name, startupProbe=wait)
    return (TOO_SLOW if slow else TOO_EARLY).finding(
        f"The {first.kind} probe gives {worker.name} {patience} s, but the worker {needs}{throttled}, so it is killed again and again.",
        steps=steps(ctx, change, first.pod),
        pods=names,
        subjects=subjects(names),
        evidence=first.evidence,
    )  # fmt: skip


PROBES_PATIENT = Check(
    id="health.probes-patient",
    title="The probes wait until the worker has started",
    ask=ask,
    codes=(TOO_EARLY, TOO_SLOW),
)
