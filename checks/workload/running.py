"""Do the containers keep running? A crash is a symptom: this is a cause only where nothing says why, or for a kill."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.exit_codes import CRASHING, KILLED, NATIVE, NO_ERROR, POST_START, UNSETTLED
from diagnose.domain.kubernetes.pods import BACK_OFF, CREATE_REASONS, events_about, last_words, log_command, subjects
from diagnose.domain.kubernetes.probes import last_kill
from diagnose.model.report import Finding, Step
from diagnose.resources import ContainerStatus, Lifecycle, Pod, Terminated
from diagnose.text.sentences import truncate

HOOK_ERROR = "PostStartHookError"
LONGEST = 160
# What has ended for good is asked about by workload.kept, or has done its work.
ENDED = {"Failed", "Succeeded"}


def run(ctx: Context) -> Iterator[Finding]:
    """Ends of containers of pods that are not ready, one finding for each kind of end."""
    grouped: dict[tuple[Code, str, str], list[tuple[Pod, Terminated]]] = {}
    for pod in ctx.target.pods:
        if not pod.ready and pod.status.phase not in ENDED:
            for status in pod.status.container_statuses:
                if end := _end(ctx, status):
                    kind = _code(ctx, pod, status.name, end)
                    grouped.setdefault(
                        (kind, status.name, exit_codes.words(end, ctx.target.profile.runtime)), []
                    ).append((pod, end))
    for (code, container, words), ends in grouped.items():
        yield _finding(ctx, code, container, words, ends)


def _end(ctx: Context, status: ContainerStatus) -> Terminated | None:
    """How a container ended that does not run for good; None where that is not so, or another check's business."""
    end, waiting = status.last_end, status.state.waiting
    if end is None or end.reason in CREATE_REASONS or status.ready:
        return None
    if waiting and waiting.reason not in {BACK_OFF, HOOK_ERROR}:
        return None
    running = status.state.running
    if running and ctx.age(running.started_at).total_seconds() > ctx.target.profile.start_s:
        # It has outlived a start: the end before is history, and what holds it back now is something else.
        return None
    return None if exit_codes.is_oom(end) else end


def _code(ctx: Context, pod: Pod, container: str, end: Terminated) -> Code:
    if _hook(pod, container) and events_about(ctx, pod, "FailedPostStartHook"):
        return POST_START
    if last_kill(ctx, pod, container) and end.exit_code in {0, 137, 143}:
        return KILLED
    return exit_codes.speaking(end, ctx.target.profile.runtime) or CRASHING


def _hook(pod: Pod, container: str) -> Lifecycle | None:
    wanted = next((each for each in pod.spec.containers if each.name == container), None)
    return wanted.lifecycle if wanted and wanted.lifecycle and wanted.lifecycle.post_start else None


def _told(ctx: Context, code: Code, container: str, who: str, words: str, ended: tuple[Pod, Terminated]) -> str:
    """The sentence, with what the container said last where that fits."""
    pod, end = ended
    summary = f"Container {container} {who} ends again and again ({words})"
    if code is POST_START:
        return f"The postStart hook of container {container} {who} fails, so the kubelet ends it again and again."
    said = last_words(ctx, pod, end, container)
    if code is KILLED:
        kill = last_kill(ctx, pod, container)
        kind = "startup" if kill and "startup probe" in kill.message else "liveness"
        ending = words if said else "it has printed nothing"
        return f"The kubelet kills container {container} {who}, because its {kind} probe fails ({ending})."
    room = LONGEST - len(summary) - len(": .")
    return f"{summary}: {truncate(said, room)}." if said and code is CRASHING else f"{summary}."


def _finding(ctx: Context, code: Code, container: str, words: str, ends: list[tuple[Pod, Terminated]]) -> Finding:
    pod, end = ends[0]
    names = tuple(each.name for each, _ in ends)
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    status = pod.container_status(container)
    previous = status is not None and status.state.running is not None
    command = log_command(ctx, pod.name, container, previous=previous)
    summary = _told(ctx, code, container, who, words, ends[0])
    step = Step(text="Read the end of its log.", command=command)
    arguments = "jsonpath={.spec.containers[*].args}"
    show = kubectl.get("pod", pod.name, namespace=ctx.target.namespace, output=arguments)
    look = Step(text="See the command that it runs.", command=show)
    lived = f", after {(end.finished_at - end.started_at).seconds} s" if end.finished_at and end.started_at else ""
    times = status.restart_count if status else 0
    shown = f"{words}, reason {end.reason}{lived}; {times} restarts"
    seen = ctx.record_evidence(f"pod {pod.name}, {container}", shown, command=command)
    return code.finding(summary, steps=(step, look), pods=names, subjects=subjects(names), evidence=(seen,))


RUNNING = Check(
    id="workload.running",
    title="The containers keep running",
    stage=stages.RUNNING,
    run=run,
    codes=(KILLED, CRASHING, NO_ERROR, NATIVE, UNSETTLED, POST_START),
    reads=optional(EVENTS, WORKER_LOGS),
)
