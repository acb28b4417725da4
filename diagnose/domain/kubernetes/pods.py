"""How pods are, in the few terms that several checks share."""

from collections.abc import Iterable
from datetime import timedelta

from diagnose.check.api import Context, NotApplicableError, events_of
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.logs.entries import Level, StartProgress, informative_line, last_error, parse, progress
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Evidence
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Deployment, Event, Pod, Terminated
from diagnose.text.characters import one_line
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
LAST_LINES = 6
LAST_ENTRIES = 2


def deployment_of(ctx: Context) -> Deployment:
    """The Deployment of the target.

    Raises:
        NotApplicableError: one pod was asked for, or the pods belong to none.
        NoAnswerError: Deployments may not be listed.
    """
    if ctx.target.is_single_pod:
        raise NotApplicableError("only one pod was asked for")
    if ctx.target.deployment is None:
        ctx.list(Deployment, ctx.target.namespace)
        raise NotApplicableError("the pods belong to no Deployment")
    return ctx.target.deployment


def told(ctx: Context, pods: Iterable[str]) -> str:
    """Pods in words: the name of one, the number of several."""
    names = tuple(dict.fromkeys(pods))
    return f"Pod {names[0]}" if len(names) == 1 else f"{len(names)} of {len(ctx.target.pods)} pods"


def subjects(pods: Iterable[str]) -> tuple[str, ...]:
    """Pods as subjects of a finding."""
    return tuple(f"pod/{name}" for name in pods)


def events_about(
    ctx: Context, pod: Pod, *reasons: str, within_s: float | None = None, container: str = ""
) -> tuple[Event, ...]:
    """Events about a pod, the latest last; none where they may not be listed, which is then said.

    With a container those of others are left out.
    """
    try:
        found = events_of(ctx.list(Event, ctx.target.namespace), "Pod", pod.name)
    except NoAnswerError as error:
        ctx.record_problem(str(error))
        return ()
    return tuple(
        each
        for each in found
        if (not reasons or each.reason in reasons)
        and (not container or each.container in {"", container})
        and (within_s is None or ctx.age(each.seen_at).total_seconds() <= within_s)
    )


def event_seen(ctx: Context, pod: Pod, event: Event) -> Evidence:
    """An event as evidence."""
    return ctx.record_evidence(
        f"event {event.reason} of pod {pod.name}",
        truncate(event.message.strip(), 300),
        command=kubectl.describe("pod", pod.name, namespace=ctx.target.namespace),
    )


def age_s(ctx: Context, pod: Pod) -> float:
    """How many seconds ago the pod was made."""
    return ctx.age(pod.metadata.creation_timestamp).total_seconds()


def runs_for_s(ctx: Context, pod: Pod) -> float | None:
    """For how many seconds the worker's container has run, None where it does not run."""
    status = pod.container_status(ctx.target.worker_container(pod).name)
    if status is None or status.state.running is None:
        return None
    return ctx.age(status.state.running.started_at).total_seconds()


def is_starting(ctx: Context, pod: Pod) -> bool:
    """Whether the pod is not ready merely because it is young: nothing has failed so far and its time is not up."""
    statuses = pod.status.all_container_statuses
    failed = any(
        status.restart_count
        or (status.state.terminated and status.state.terminated.exit_code)
        or (status.state.waiting and status.state.waiting.reason in {*PULL_REASONS, *CREATE_REASONS, BACK_OFF})
        for status in statuses
    )
    unplaced = (found := pod.condition("PodScheduled")) is not None and found.reason == "Unschedulable"
    since = runs_for_s(ctx, pod)
    return not failed and not unplaced and (age_s(ctx, pod) if since is None else since) <= ctx.target.profile.start_s


def worker_log(ctx: Context, pod: Pod, run: str = "current") -> ContainerLog | None:
    """The worker's log of a pod, if it was read."""
    return container_log(ctx, pod, ctx.target.worker_container(pod).name, run)


def container_log(ctx: Context, pod: Pod, container: str, run: str = "current") -> ContainerLog | None:
    """The log of a container, if it was read."""
    found = (log for log in ctx.run_data.logs() if (log.pod, log.container, log.run) == (pod.name, container, run))
    return next(found, None)


def log_of_end(ctx: Context, pod: Pod, end: Terminated, container: str = "") -> ContainerLog | None:
    """The log (by default the worker's) of the run that ended so: while nothing runs, the present log is that one."""
    for run in ("current", "previous"):
        log = container_log(ctx, pod, container or ctx.target.worker_container(pod).name, run)
        first = next((line.at for line in log.text.lines if line.at), None) if log else None
        if log is None or first is None or end.started_at is None or end.finished_at is None:
            continue
        if end.started_at - timedelta(seconds=3) <= first <= end.finished_at + timedelta(seconds=3):
            return log
    return None


def last_words(ctx: Context, pod: Pod, end: Terminated, container: str) -> str:
    """What a container said last before it ended so, "" where it said nothing.

    The two streams of a program arrive in either order, so of the last lines the one counts that says why. An error in
    a known format is told by its message, which may have lines of its own.
    """
    log = log_of_end(ctx, pod, end, container)
    entries = [parse(line) for line in log.entries] if log else []
    if any(entry.level is Level.ERROR for entry in entries[-LAST_ENTRIES:]) and (error := last_error(entries)):
        return one_line(error.message)
    return informative_line(_lines(log)[-LAST_LINES:])


def last_line(log: ContainerLog | None) -> str:
    """The last line of a log that is not empty, "" where there is none."""
    return next(reversed(_lines(log)), "")


def _lines(log: ContainerLog | None) -> list[str]:
    lines = [one_line(line.text) for line in log.text.lines] if log else []
    return [line for line in lines if line]


def progress_of(ctx: Context, log: ContainerLog | None) -> StartProgress:
    """How far the start got that a log tells of."""
    lines: tuple[LogLine, ...] = log.text.lines if log else ()
    return progress(lines, ctx.target.profile.step_patterns)


def log_command(ctx: Context, pod: str, container: str, *, previous: bool = False) -> Command:
    """The command that prints a container's log."""
    return kubectl.log(pod, container, namespace=ctx.target.namespace, previous=previous, tail=40)
