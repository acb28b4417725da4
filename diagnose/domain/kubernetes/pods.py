"""States, events and logs of pods, as several checks need them."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Context, NotApplicableError, events_of
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.logs.entries import Level, StartProgress, last_error, parse, progress
from diagnose.logs.reasons import around, choose, first_line
from diagnose.logs.signatures import ContainerLog, joined
from diagnose.model.report import Evidence
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Deployment, Event, Meta, Pod, Reference, ReplicaSet, Terminated, Workload
from diagnose.target.inventory import KIND_NAMES, counts
from diagnose.target.ownership import owned_by
from diagnose.target.samples import Samples
from diagnose.target.target import Target
from diagnose.text.sentences import truncate

PULL_REASONS = {
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
}
CREATE_REASONS = {
    "CreateContainerConfigError",
    "CreateContainerError",
    "PreCreateHookError",
    "PreStartHookError",
    "RunContainerError",
    "StartError",
    "ContainerCannotRun",
}
BACK_OFF = "CrashLoopBackOff"
LONGEST_EVENT = 1_024
SKEW = timedelta(seconds=3)
"""By how much the times of a log and of a status may differ: these have whole seconds, and two clocks."""
"""How long the API server lets the message of an event be: its end names the cause."""
# What a kubelet grants by the defaults of a probe, and the longest start that is taken for one.
SHORTEST_START_S, LONGEST_START_S = 30.0, 600.0
LAST_ENTRIES, LAST_PARSED = 2, 200


def deployment_of(ctx: Context) -> Deployment:
    """Returns the Deployment of the target.

    Raises:
        NotApplicableError: a single pod was requested, or the pods belong to none.
        NoAnswerError: Deployments may not be listed.
    """
    if ctx.target.is_single_pod:
        raise NotApplicableError("only one pod was requested")
    deployment = owner_of(ctx)
    if deployment is None:
        raise NotApplicableError("the pods belong to no Deployment")
    return deployment


def whole(ctx: Context) -> Target:
    """Returns the target; of a single pod, the workload that made it, with all its pods, which it is compared with."""
    target = ctx.target
    if not target.is_single_pod or target.controller is None:
        return target
    sets = target.replica_sets
    if target.deployment:
        listed = ctx.detail(lambda: ctx.list(ReplicaSet, target.namespace)) or ()
        sets = tuple(each for each in listed if owned_by(each.metadata, "Deployment", target.deployment.name)) or sets
    makers = {(each.kind, each.name) for each in (target.job or target.controller, *sets)}
    pods = tuple(
        pod
        for pod in ctx.detail(lambda: ctx.list(Pod, target.namespace)) or ()
        if counts(pod) and any((owner.kind, owner.name) in makers for owner in pod.metadata.owner_references)
    )
    names = {each.name for each in pods}
    return replace(
        target,
        kind=target.controller.kind,
        name=target.controller.name,
        pods=(*pods, *(each for each in target.pods if each.name not in names)),
        replica_sets=sets,
        is_single_pod=False,
    )


def controller_of(ctx: Context) -> Workload:
    """Returns the workload that makes the pods, of whatever kind.

    Raises:
        NotApplicableError: a single pod was requested, or nothing makes the pods.
        NoAnswerError: it may not be listed, or is of a kind that is not read.
    """
    target = ctx.target
    if target.controller is not None and not target.is_single_pod:
        return target.controller
    if target.is_single_pod or target.kind in {"Pod", "Deployment"}:
        return deployment_of(ctx)
    if target.inaccessible:
        raise NoAnswerError(target.inaccessible[0])
    if target.kind in KIND_NAMES:
        raise NotApplicableError(f"{target.kind} {target.name} does not exist, although pods name it as their owner")
    raise NoAnswerError(f"{target.kind} {target.name} is of a kind that is not read, so what it desires is unknown")


def replicas_of(ctx: Context) -> int:
    """Returns the number of pods that should run now.

    Raises:
        NotApplicableError: no object states one, such as a CronJob.
        NoAnswerError: the workload may not be listed, or is of a kind that is not read.
    """
    controller = controller_of(ctx)
    if controller.desired is None:
        raise NotApplicableError(f"{controller.kind} {controller.name} states no number of pods that run now")
    return controller.desired


def owner_of(ctx: Context) -> Deployment | None:
    """Returns the Deployment of the target; None where the pods are known to belong to none.

    Raises:
        NoAnswerError: Deployments or ReplicaSets may not be listed, so the owner is unknown.
    """
    if ctx.target.deployment is None:
        _require_owners(ctx)
    return ctx.target.deployment


def _require_owners(ctx: Context) -> None:
    ctx.list(Deployment, ctx.target.namespace)
    ctx.list(ReplicaSet, ctx.target.namespace)


def replica_sets_of(ctx: Context) -> tuple[ReplicaSet, ...]:
    """Returns the ReplicaSets of the target.

    Raises:
        NoAnswerError: Deployments or ReplicaSets may not be listed.
    """
    if not ctx.target.replica_sets:
        _require_owners(ctx)
    return ctx.target.replica_sets


def current_set_of(ctx: Context) -> ReplicaSet | None:
    """Returns the ReplicaSet of the Deployment's current template; None where there is none.

    Raises:
        NoAnswerError: Deployments or ReplicaSets may not be listed.
    """
    return ctx.target.current_replica_set if owner_of(ctx) and replica_sets_of(ctx) else None


def pods_of(ctx: Context) -> tuple[Pod, ...]:
    """Returns the pods of the target, for what only pods show.

    Raises:
        NotApplicableError: there are none.
    """
    if not ctx.target.pods:
        raise NotApplicableError("there are no pods")
    return ctx.target.pods


def pods_text(ctx: Context, pods: Iterable[str]) -> str:
    """Returns pods as the subject of a sentence: the name of one, the number of several."""
    names = tuple(dict.fromkeys(pods))
    return f"Pod {names[0]}" if len(names) == 1 else f"{len(names)} of {len(ctx.target.pods)} pods"


def samples_text(ctx: Context, pods: Iterable[str]) -> str:
    """Returns pods whose logs show something as the subject of a sentence.

    Of many pods that fail alike only a few are inspected, so what these show is said of them, and the others counted.
    """
    names = tuple(dict.fromkeys(pods))
    target = ctx.target
    # As for the failing pods.
    samples = ctx.run_data.once(f"samples of {id(target)}", lambda: (target, Samples.of(target, failing_pods(ctx))))[1]
    alike = samples.others(names)
    if not alike:
        return pods_text(ctx, names)
    text = f"Pod {names[0]}" if len(names) == 1 else f"{len(names)} pods"
    return f"{text} (and {alike:,} that fail{'s' if alike == 1 else ''} alike)"


def subjects(pods: Iterable[str]) -> tuple[str, ...]:
    """Returns pods as subjects of a finding."""
    return tuple(f"pod/{name}" for name in pods)


def counted(names: Collection[str]) -> str:
    """Returns pods as text within a sentence: the name of one, the number of several."""
    return f"pod {next(iter(names))}" if len(names) == 1 else f"{len(names)} pods"


def describe_pod(ctx: Context, name: str) -> Command:
    """Returns the command that describes a pod, with its events."""
    return kubectl.describe("pod", name, namespace=ctx.target.namespace)


def events_about(
    ctx: Context, pod: Pod, *reasons: str, within_s: float | None = None, container: str = ""
) -> tuple[Event, ...]:
    """Returns events about a pod, the latest last; where they may not be listed, none, and records the problem.

    With a container, events of others are left out.
    """
    return tuple(
        each
        for each in ctx.attempt(lambda: events_of(ctx, "Pod", pod.name)) or ()
        if _is_same(each.involved_object, pod.metadata)
        and (not reasons or each.reason in reasons)
        and (not container or each.container in {"", container})
        and (within_s is None or ctx.age(each.seen_at).total_seconds() <= within_s)
    )


def _is_same(about: Reference, meta: Meta) -> bool:
    """Whether an event is about this very pod, and not about an earlier one of the same name."""
    return not about.uid or not meta.uid or about.uid == meta.uid


def event_evidence(ctx: Context, pod: Pod, event: Event) -> Evidence:
    """Records an event as evidence."""
    return ctx.record_evidence(
        f"event {event.reason} of pod {pod.name}",
        truncate(event.message.strip(), LONGEST_EVENT),
        command=describe_pod(ctx, pod.name),
    )


def age_s(ctx: Context, pod: Pod) -> float:
    """Returns the age of a pod in seconds."""
    return ctx.age(pod.metadata.creation_timestamp).total_seconds()


def runs_for_s(ctx: Context, pod: Pod) -> float | None:
    """Returns for how many seconds the worker's container has run, None where it does not run."""
    status = pod.container_status(ctx.target.worker_container(pod).name)
    if status is None or status.state.running is None:
        return None
    return ctx.age(status.state.running.started_at).total_seconds()


def is_starting(ctx: Context, pod: Pod) -> bool:
    """Whether a pod is still starting: nothing failed so far, and it has not taken longer than a start may."""
    statuses = pod.status.all_container_statuses
    failed = any(
        status.restart_count
        or (status.state.terminated and status.state.terminated.exit_code)
        or (status.state.waiting and status.state.waiting.reason in {*PULL_REASONS, *CREATE_REASONS, BACK_OFF})
        for status in statuses
    )
    unplaced = (found := pod.condition("PodScheduled")) is not None and found.reason == "Unschedulable"
    since = runs_for_s(ctx, pod)
    late = age_s(ctx, pod) > ctx.target.profile.start_s if since is None else since > start_limit_s(ctx, pod)
    return not failed and not unplaced and not late


def failing_pods(ctx: Context) -> list[Pod]:
    """Returns the target's pods that are not ready although something failed or their start has taken too long."""
    # What is kept has the target, so that no later one has its id.
    return ctx.run_data.once(f"failing pods of {id(ctx.target)}", lambda: (ctx.target, _failing(ctx)))[1]


def _failing(ctx: Context) -> list[Pod]:
    return [pod for pod in ctx.target.pods if not pod.ready and not is_starting(ctx, pod)]


def start_limit_s(ctx: Context, pod: Pod) -> float:
    """Returns for how long the program of a pod may start, in seconds.

    That is what its own probes grant, and at least what the profile states of a program that it knows. Of another one
    it is twice what the workload's ready pods took, where that is more.
    """
    profile, granted = ctx.target.profile, ctx.target.worker_container(pod).start_patience_s
    if profile.start_steps or not granted:
        return max(profile.start_s, granted)
    name = f"longest start of {ctx.target.kind} {ctx.target.name}"
    longest = ctx.run_data.once(name, lambda: max(_start_times(ctx), default=0.0))
    return max(SHORTEST_START_S, granted, 2 * longest)


def _start_times(ctx: Context) -> Iterator[float]:
    """Yields how long the ready pods took from the start of their containers to being ready, in seconds."""
    for pod in ctx.target.ready_pods:
        ready, status = pod.condition("Ready"), pod.container_status(ctx.target.worker_container(pod).name)
        running = status.state.running if status and not status.restart_count else None
        if ready and ready.last_transition_time and running and running.started_at:
            took = (ready.last_transition_time - running.started_at).total_seconds()
            # A pod that lost readiness since became ready again much later.
            if took <= LONGEST_START_S:
                yield took


def worker_log(ctx: Context, pod: Pod, run: str = "current") -> ContainerLog | None:
    """Returns the worker's log of a pod, if it was read."""
    return container_log(ctx, pod, ctx.target.worker_container(pod).name, run)


def container_log(ctx: Context, pod: Pod, container: str, run: str = "current") -> ContainerLog | None:
    """Returns the log of a container, if it was read."""
    logs = ctx.detail(ctx.logs) or ()
    by_container = ctx.run_data.once(
        "logs by container", lambda: {(log.pod, log.container, log.run): log for log in logs}
    )
    return by_container.get((pod.name, container, run))


def line_evidence(ctx: Context, log: ContainerLog, text: str) -> Evidence:
    """Records a line of a log as evidence."""
    return ctx.record_evidence(f"pod {log.pod}, {log.container}", truncate(text.strip(), 300), command=log.command)


def log_of_end(ctx: Context, pod: Pod, end: Terminated, container: str = "") -> ContainerLog | None:
    """Returns the log (by default the worker's) of a terminated run, which is the current one while nothing runs."""
    if end.started_at is None or end.finished_at is None:
        return None
    found: list[tuple[timedelta, ContainerLog]] = []
    for run in ("current", "previous"):
        log = container_log(ctx, pod, container or ctx.target.worker_container(pod).name, run)
        first = next((line.at for line in log.text.lines if line.at), None) if log else None
        if log and first and end.started_at - SKEW <= first <= end.finished_at + SKEW:
            found.append((abs(first - end.started_at), log))
    # A restart without back-off logs its first line in the second in which the run before it ended.
    return min(found, key=lambda each: each[0])[1] if found else None


class EndReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a terminated run ended, by its log.

    Attributes:
        text: the most informative of its last lines, "" where it logged nothing.
        is_error: whether the line names an error.
        evidence: the line with those around it.
    """

    text: str = ""
    is_error: bool = False
    evidence: tuple[Evidence, ...] = ()


def end_reason(ctx: Context, pod: Pod, end: Terminated, container: str) -> EndReason:
    """Returns what the log of a terminated run reports as the reason.

    The two streams of a program arrive in either order, and hints, wrappers and the logger's own complaints follow an
    error, so the most informative of the last lines is chosen. Of an error in the worker's own format it is the
    message, which may have several lines.
    """
    log = log_of_end(ctx, pod, end, container)
    return reason_of(ctx, f"pod {pod.name}, {container}", log.command, log.text.lines) if log else EndReason()


def reason_of(ctx: Context, source: str, command: Command, lines: tuple[LogLine, ...]) -> EndReason:
    """Returns what the end of a log reports as the reason of what its container does."""
    chosen = choose([line.text for line in lines])
    if chosen is None:
        return EndReason()
    seen = ctx.record_evidence(f"{source}, end of its log", around(lines, chosen.number), command=command)
    entries = [parse(line) for line in joined(lines[-LAST_PARSED:])]
    if any(entry.level is Level.ERROR for entry in entries[-LAST_ENTRIES:]) and (error := last_error(entries)):
        return EndReason(text=first_line(error.message), is_error=True, evidence=(seen,))
    return EndReason(text=chosen.text, is_error=chosen.is_error, evidence=(seen,))


def progress_of(ctx: Context, log: ContainerLog | None) -> StartProgress:
    """Returns the progress of the start in a log; none is known where its lines may be among those not read."""
    steps = ctx.target.profile.step_patterns
    found = progress(log.text.lines if log else (), steps)
    if steps and log and log.text.gap and not found.finished:
        ctx.record_problem(log.text.gap)
        return StartProgress(done=None, next=None)
    return found


def log_command(ctx: Context, pod: str, container: str, *, previous: bool = False) -> Command:
    """Returns the command that prints a container's log."""
    return kubectl.log(pod, container, namespace=ctx.target.namespace, previous=previous, tail=40)
