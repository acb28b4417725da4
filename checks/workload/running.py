"""Do the containers keep running? A crash is a symptom: it is a cause only without another one, or for a kill."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.exit_codes import CRASHING, KILLED, NATIVE, NO_ERROR, POST_START, UNSETTLED
from diagnose.domain.kubernetes.pods import (
    BACK_OFF,
    CREATE_REASONS,
    EndReason,
    end_reason,
    events_about,
    log_command,
    pods_of,
    reason_of,
)
from diagnose.domain.kubernetes.probes import KILLED_CODES, last_kill
from diagnose.domain.kubernetes.scripts import left_in_background
from diagnose.domain.kubernetes.stated_causes import alternatives_of, deciding_steps, fixed_by
from diagnose.logs.reasons import essence
from diagnose.model.report import Finding, Step
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import ContainerStatus, Pod, Terminated
from diagnose.text.sentences import MAX_LENGTH, number_of, times

HOOK_ERROR = "PostStartHookError"
RECOVERED = "It may have recovered, such as from a start before what it needs was there: see whether it restarts again."
# A failed pod belongs to workload.kept, and one that succeeded is done.
ENDED = {"Failed", "Succeeded"}


def run(ctx: Context) -> Iterator[Finding]:
    """Reports containers that crashed in pods that are not ready, or in a loop, one finding for each kind of exit."""
    grouped: dict[tuple[Code, str, str], list[tuple[Pod, Terminated]]] = {}
    for pod in pods_of(ctx):
        if pod.status.phase not in ENDED:
            for status in pod.running_statuses:
                if end := _end(ctx, pod, status):
                    exits = exit_codes.describe(end, ctx.target.profile.runtime)
                    grouped.setdefault((_code(ctx, pod, status.name, end), status.name, exits), []).append((pod, end))
    for (code, container, exits), ends in grouped.items():
        yield _finding(ctx, code, container, exits, ends)


def _end(ctx: Context, pod: Pod, status: ContainerStatus) -> Terminated | None:
    """Returns how a container ended that does not keep running; None where it does, or another check reports it."""
    end, waiting = status.last_end, status.state.waiting
    if end is None or end.reason in CREATE_REASONS or exit_codes.is_done(pod, status):
        return None
    if (pod.ready or status.ready) and not exit_codes.is_looping(ctx, status):
        return None
    if waiting and waiting.reason not in {BACK_OFF, HOOK_ERROR}:
        return None
    running = status.state.running
    if running and ctx.age(running.started_at).total_seconds() > ctx.target.profile.start_s:
        # It has run for longer than a start: the exit before is history, and the pod has another problem now.
        return None
    return None if exit_codes.is_oom(end) else end


def _code(ctx: Context, pod: Pod, container: str, end: Terminated) -> Code:
    spec = pod.spec.container(container)
    if spec and spec.lifecycle and spec.lifecycle.post_start and events_about(ctx, pod, "FailedPostStartHook"):
        return POST_START
    if last_kill(ctx, pod, container) and end.exit_code in KILLED_CODES:
        return KILLED
    return exit_codes.code_of(end, ctx.target.profile.runtime) or CRASHING


def _summary(
    ctx: Context, code: Code, container: str, who: str, exits: str, ended: tuple[Pod, Terminated], reason: EndReason
) -> str:
    """Returns the sentence, with the reason in the container's log where it fits."""
    pod, end = ended
    message = reason.text
    if code is POST_START:
        return f"The postStart hook of container {container} {who} fails, so the kubelet kills it ({BACK_OFF})."
    if code is KILLED:
        kill = last_kill(ctx, pod, container)
        kind = "startup" if kill and "startup probe" in kill.message else "liveness"
        ending = f"exit code {end.exit_code}" if message else "its log is empty"
        return f"The kubelet kills container {container} {who} (its {kind} probe fails, {ending})."
    status = pod.container_status(container)
    looping = status is not None and (status.restart_count or status.state.waiting)
    state = f"is in {BACK_OFF}" if looping else "has crashed"
    if status is not None and pod.ready:
        state = f"has restarted {times(status.restart_count)}"
    if not message or not (code is CRASHING or (code is NO_ERROR and reason.is_error)):
        return f"Container {container} {who} {state} ({exits})."
    summary = f"Container {container} {who} {state} (exit code {end.exit_code})"
    if (
        len(summary) + len(message) + len(": .") > MAX_LENGTH
        and pod.name in who
        and container == ctx.target.worker_container(pod).name
    ):
        summary = f"Pod {pod.name} {state} (exit code {end.exit_code})"
    return f"{summary}: {essence(message, MAX_LENGTH - len(summary) - len(': .'))}."


def _previous(ctx: Context, pod: Pod, container: str) -> EndReason:
    """Returns the reason in the log of the previous run of a ready pod, which is not among the logs of all checks."""
    query = ReadLog(namespace=ctx.target.namespace, pod=pod.name, container=container, previous=True)
    text = ctx.detail(lambda: ctx.query(query))
    return reason_of(ctx, f"pod {pod.name}, {container}", query.command, text.lines) if text else EndReason()


def _finding(ctx: Context, code: Code, container: str, exits: str, ends: list[tuple[Pod, Terminated]]) -> Finding:
    pod, end = ends[0]
    spec = pod.spec.container(container)
    if code is NO_ERROR and spec and (program := left_in_background(spec)):
        exits = f"exit code {end.exit_code}, it leaves {program} in the background by &"
    names = tuple(each.name for each, _ in ends)
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    status = pod.container_status(container)
    previous = status is not None and status.state.running is not None
    command = log_command(ctx, pod.name, container, previous=previous)
    arguments = "jsonpath={.spec.containers[*].args}"
    show = kubectl.get("pod", pod.name, namespace=ctx.target.namespace, output=arguments)
    lived = f", after {(end.finished_at - end.started_at).seconds} s" if end.finished_at and end.started_at else ""
    count = status.restart_count if status else 0
    shown = f"{exits}, reason {end.reason}{lived}; {number_of(count, 'restart')}"
    seen = ctx.record_evidence(f"pod {pod.name}, {container}", shown, command=command)
    reason = end_reason(ctx, pod, end, container) if not pod.ready else _previous(ctx, pod, container)
    return fixed_by(code, reason.text).finding(
        _summary(ctx, code, container, who, exits, ends[0], reason),
        Step("Read the end of its log.", command),
        *(deciding_steps(ctx, pod, reason.text) or (Step("Read the command that it runs.", show),)),
        pods=names,
        evidence=(seen, *reason.evidence),
        alternatives=(RECOVERED,) if all(each.ready for each, _ in ends) else alternatives_of(code, reason.text),
    )


RUNNING = Check(
    id="workload.running",
    title="The containers keep running",
    stage=stages.RUNNING,
    run=run,
    codes=(KILLED, CRASHING, NO_ERROR, NATIVE, UNSETTLED, POST_START),
    reads=optional(EVENTS, WORKER_LOGS),
)
