"""Do the probes let the worker start? The spec alone proves nothing: a kill during a start that makes progress does.

Node as first process ignores SIGTERM until its start is nearly complete, so a killed start continues for its grace
period; a start that hangs prints nothing more. So the log after the kubelet's decision distinguishes the two.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import EVENTS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import describe_pod, log_of_end, progress_of, worker_log
from diagnose.domain.kubernetes.probes import (
    all_probes,
    failures,
    last_kill,
    patch,
    path_and_port,
    probed_pods,
    read_results,
)
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, Event, Pod, Probe, quantities
from diagnose.text.patterns import lazy

TOO_EARLY = Code(
    id="health.probe-too-early",
    meaning="The kubelet kills the worker while its start still makes progress, because the liveness or startup probe "
    "gives up before a start can be complete. Nothing answers the probe until then.",
    fix="Add a startup probe that waits for a whole start.",
)
TOO_SLOW = Code(
    id="health.start-too-slow",
    meaning="The probes allow a normal start, but this start takes longer and is killed before it is complete. A low "
    "CPU limit causes that.",
    fix="Raise the CPU limit, or add a startup probe that waits longer.",
)
SCANT_CPU = Decimal("0.2")
SERVES = lazy(r"(?i)\b(?:listening|started|serving|accepting connections|ready (?:to|for))\b")
ENDING = ("Received SIG", "shutting down", "shutdown completed")


class KilledStart(msgspec.Struct, frozen=True, kw_only=True):
    """A start that the kubelet killed for a probe.

    Attributes:
        kind: of the probe.
        takes_s: how long the start takes, if that is known.
        progressed: whether the log proves that the start made progress when it was killed.
    """

    pod: Pod
    kind: str
    probe: Probe
    takes_s: float | None
    progressed: bool
    evidence: tuple[Evidence, ...]


def killed_start(ctx: Context, pod: Pod) -> KilledStart | None:
    """Returns the start of a pod that was killed before it was complete; None where that is not proven."""
    worker = ctx.target.worker_container(pod)
    kill = last_kill(ctx, pod, worker.name)
    run = _run(ctx, pod, worker, kill) if kill else None
    if kill is None or kill.seen_at is None or run is None:
        return None
    started_at, log = run
    reached = progress_of(ctx, log)
    kind = "startup" if "startup probe" in kill.message else "liveness"
    probe = dict(all_probes(worker)).get(kind)
    failure = failures(ctx, pod).get(kind)
    decided = kill.seen_at - timedelta(seconds=1)
    knows_steps = bool(ctx.target.profile.start_steps)
    complete_at = (reached.at if reached.finished else None) if knows_steps else _serves_at(log)
    progressed = _progressed(log, decided) if knows_steps else complete_at is not None
    # An answer, such as that there is no such path, is none of a program that is still starting.
    answered = failure is not None and failure.status > 0
    complete_before = complete_at is not None and complete_at < decided
    if probe is None or answered or complete_before:
        return None
    # Of a program whose start is not known, a longer run was no start.
    lived_s = (kill.seen_at - started_at).total_seconds()
    starved = is_starved(worker) and (knows_steps or lived_s <= 2 * probe.patience_s)
    if not (progressed or starved):
        return None
    takes = (complete_at - started_at).total_seconds() if complete_at else None
    describe = describe_pod(ctx, pod.name)
    limit = worker.resources.limits.get("cpu", "")
    proof = (
        f"after the kubelet's decision to kill it, the start reached: {reached.last_step}"
        if progressed and knows_steps
        else f"the program served {takes:.0f} s after its start, after the kubelet's decision to kill it"
        if takes is not None
        else f"with a CPU limit of {limit}, the start had reached: {reached.last_step}"
        if knows_steps
        else f"with a CPU limit of {limit}, it was killed {lived_s:.0f} s after its start"
    )
    seen = (
        ctx.record_evidence(f"event Killing of pod {pod.name}", kill.message, command=describe),
        ctx.record_evidence(f"pod {pod.name}, {worker.name}", proof, command=log.command),
    )
    return KilledStart(pod=pod, kind=kind, probe=probe, takes_s=takes, progressed=progressed, evidence=seen)


def _progressed(log: ContainerLog, decided: datetime) -> bool:
    """Whether a start whose steps are known went on after the kubelet's decision."""
    printed = [line.at for line in log.text.lines if line.at and not any(word in line.text for word in ENDING)]
    return bool(printed) and printed[-1] >= decided


def _serves_at(log: ContainerLog) -> datetime | None:
    """Returns when a program whose start is not known reports that it serves, None where it does not."""
    return next((line.at for line in log.text.lines if line.at and SERVES.search(line.text)), None)


def is_starved(container: Container) -> bool:
    """Whether a container's CPU limit is so low that its start is slow, with long gaps between the lines of its log."""
    limit = quantities.parse(container.resources.limits.get("cpu", ""))
    return limit is not None and limit < SCANT_CPU


def _run(ctx: Context, pod: Pod, worker: Container, kill: Event) -> tuple[datetime, ContainerLog] | None:
    """Returns start and log of the killed run: the current one in its grace period, else the previous one."""
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


def run(ctx: Context) -> Iterator[Finding]:
    """Reports starts that were killed before they were complete."""
    killed = filter(None, (killed_start(ctx, pod) for pod in probed_pods(ctx)))
    for (_, patience), kills in grouped(((each.kind, each.probe.patience_s), each) for each in killed).items():
        yield _finding(ctx, patience, kills)


def _action(probe: Probe, container: Container) -> dict[str, object]:
    """Returns what a probe does, for another probe of the container."""
    if probe.http_get and probe.http_get.is_plain:
        path, port = path_and_port(probe, container)
        return {"httpGet": {"path": path, "port": port}}
    actions = {"httpGet": probe.http_get, "tcpSocket": probe.tcp_socket, "grpc": probe.grpc, "exec": probe.exec_}
    return {name: msgspec.to_builtins(each) for name, each in actions.items() if each}


def _finding(ctx: Context, patience: int, kills: list[KilledStart]) -> Finding:
    first = kills[0]
    worker = ctx.target.worker_container(first.pod)
    limit = worker.resources.limits.get("cpu", "")
    # All pods with this probe are affected, whatever their current state; of starved ones, those with this limit.
    workers = [(pod.name, ctx.target.worker_container(pod)) for pod in ctx.target.pods]
    names = tuple(
        name
        for name, each in workers
        if dict(all_probes(each)).get(first.kind) == first.probe
        and (not is_starved(worker) or each.resources.limits.get("cpu", "") == limit)
    )
    takes = next((each.takes_s for each in kills if each.takes_s), None)
    slow = patience >= ctx.target.profile.start_s or not first.progressed
    needs = f"needs {takes:.0f} s to start" if takes else "is still starting then"
    throttled = f" (CPU limit {limit})" if slow and limit else ""
    threshold = int(max(2 * (takes or 0), 2 * ctx.target.profile.start_s) // 10)
    doubt = ("The start waits for something without logging it: read the log around its last line.",)
    wait = {**_action(first.probe, worker), "periodSeconds": 10, "failureThreshold": threshold}
    change = patch(ctx, f"Allow a start of up to {threshold * 10} s.", worker.name, startupProbe=wait)
    return (TOO_SLOW if slow else TOO_EARLY).finding(
        f"The {first.kind} probe gives {worker.name} {patience} s, but the {ctx.target.profile.noun} {needs}"
        f"{throttled}, so it is killed repeatedly.",
        *((_unthrottled(ctx, worker),) if is_starved(worker) else ()),
        change,
        read_results(ctx, first.pod),
        pods=names,
        evidence=first.evidence,
        alternatives=() if first.progressed else doubt,
    )


def _unthrottled(ctx: Context, worker: Container) -> Step:
    """Returns the step that raises the CPU limit: to that of ready pods, where they have another one."""
    others = [ctx.target.worker_container(pod) for pod in ctx.target.ready_pods]
    # The limit 0 is none.
    limits = (each.resources.limits.get("cpu", "0") for each in others if not is_starved(each))
    command = ctx.owner.set_resources(worker.name, f"--limits=cpu={next(limits, 'NEW_VALUE')}")
    return Step("Raise its CPU limit.", command, changes=ctx.deployment)


PROBES_PATIENT = Check(
    id="health.probes-patient",
    title="The probes wait until the worker has started",
    # A start that waits for a dependency is over no sooner for a more patient probe.
    stage=stages.PROBE_PATIENCE,
    run=run,
    codes=(TOO_EARLY, TOO_SLOW),
    reads=(*EVENTS, *optional(WORKER_LOGS)),
)
