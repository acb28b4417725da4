"""Starts that the kubelet killed because a probe failed, and how the log proves that they were on their way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from checks.dependencies import DEPENDENCIES
from diagnose.check.api import Code, Context
from diagnose.domain.kubernetes.pods import log_of_end, progress_of, worker_log
from diagnose.domain.kubernetes.probes import last_kill, probes
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Evidence
from diagnose.queries.kubernetes_messages import quantity
from diagnose.resources import Container, Event, Pod, Probe

TOO_EARLY = Code(
    id="health.probe-too-early",
    meaning="The kubelet kills the worker while its start still moves on, because the liveness or startup probe gives "
    "up before a start can be complete. Nothing answers the probe until then.",
    fix="Give the container a startup probe that waits for a whole start.",
)
TOO_SLOW = Code(
    id="health.start-too-slow",
    meaning="The probes allow for a normal start, but the start takes longer than that and is killed on its way. A low "
    "CPU limit does that.",
    fix="Give the container more CPU, or a startup probe that waits longer.",
    explained_by=DEPENDENCIES,
)
SCANT_CPU = 0.2
ENDING = ("Received SIG", "shutting down", "shutdown completed")


@dataclass(frozen=True, kw_only=True)
class Killed:
    """A start that a probe ended: the kind of probe, how long it waited, how long the start takes, if that is known.

    `went_on` is whether the log proves that the start moved on when it was killed.
    """

    pod: Pod
    kind: str
    probe: Probe
    takes_s: float | None
    went_on: bool
    evidence: tuple[Evidence, ...]


def killed_start(ctx: Context, pod: Pod) -> Killed | None:
    """The start of a pod that was killed on its way; None where that is not so or cannot be proved."""
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
    went_on = bool(moved) and moved[-1] >= decided
    if probe is None or complete_before or not (went_on or is_starved(worker)):
        return None
    takes = (reached.at - started_at).total_seconds() if reached.finished and reached.at else None
    describe = f"kubectl -n {ctx.target.namespace} describe pod {pod.name}"
    limit = worker.resources.limits.get("cpu", "")
    told = (
        f"after the kill was decided, the start went on to: {reached.told}"
        if went_on
        else f"with a CPU limit of {limit}, the start had got to: {reached.told}"
    )
    seen = (
        ctx.saw(f"event Killing of pod {pod.name}", kill.message, command=describe),
        ctx.saw(f"pod {pod.name}, {worker.name}", told, command=log.command),
    )
    return Killed(pod=pod, kind=kind, probe=probe, takes_s=takes, went_on=went_on, evidence=seen)


def is_starved(container: Container) -> bool:
    """Whether a container's CPU limit is so low that a start must be slow, and lines of its log far apart."""
    limit = quantity(container.resources.limits.get("cpu", ""))
    return limit is not None and limit < SCANT_CPU


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
