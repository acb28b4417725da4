"""Do the containers keep running? A crash is a symptom: this is a cause only where nothing says why, or for a kill."""

from collections.abc import Iterator

from checks import endings
from checks.endings import CRASHING, EVICTED, KILLED
from checks.upstream import NOT_RUNNING
from diagnose.check import Check, Code, Context
from diagnose.model import Finding, Step
from diagnose.pods import BACK_OFF, CREATE_REASONS, events_about, log_command, subjects
from diagnose.probes.objects import ContainerStatus, Pod, Terminated


def ask(ctx: Context) -> Iterator[Finding]:
    """Ends of containers of pods that are not ready, one finding for each kind of end."""
    grouped: dict[tuple[Code, str, str], list[tuple[Pod, Terminated]]] = {}
    for pod in ctx.target.pods:
        if pod.status.phase == "Failed":
            yield _failed(ctx, pod)
        elif not pod.ready:
            for status in pod.status.container_statuses:
                if end := _end(ctx, status):
                    kind = _code(ctx, pod, end)
                    grouped.setdefault((kind, status.name, endings.words(end)), []).append((pod, end))
    for (code, container, words), ends in grouped.items():
        yield _finding(ctx, code, container, words, ends)


def _failed(ctx: Context, pod: Pod) -> Finding:
    why = f"{pod.status.reason}: {pod.status.message}"[:100]
    look = Step(text="Read why.", command=f"kubectl -n {ctx.target.namespace} describe pod {pod.name}")
    summary = f"Pod {pod.name} has ended for good ({why})."
    return EVICTED.finding(summary, steps=(look,), pods=(pod.name,), subjects=subjects((pod.name,)))


def _end(ctx: Context, status: ContainerStatus) -> Terminated | None:
    """How a container ended that does not run for good; None where that is not so, or another check's business."""
    end, waiting = status.last_end, status.state.waiting
    if end is None or end.reason in CREATE_REASONS or status.ready or (waiting and waiting.reason != BACK_OFF):
        return None
    running = status.state.running
    if running and ctx.age(running.started_at).total_seconds() > ctx.target.profile.start_s:
        # It has outlived a start: the end before is history, and what holds it back now is something else.
        return None
    return None if endings.is_oom(end) else end


def _code(ctx: Context, pod: Pod, end: Terminated) -> Code:
    killed = [each for each in events_about(ctx, pod, "Killing") if "probe, will be restarted" in each.message]
    return KILLED if killed and end.exit_code in {0, 137, 143} else CRASHING


def _finding(ctx: Context, code: Code, container: str, words: str, ends: list[tuple[Pod, Terminated]]) -> Finding:
    pod, end = ends[0]
    names = tuple(each.name for each, _ in ends)
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    status = pod.container_status(container)
    previous = status is not None and status.state.running is not None
    command = log_command(ctx, pod.name, container, previous=previous)
    summary = f"Container {container} {who} ends again and again ({words})."
    step = Step(text="Read the end of its log.", command=command)
    if code is KILLED:
        summary = f"The kubelet kills container {container} {who}, because its probe fails ({words})."
    lived = f", after {(end.finished_at - end.started_at).seconds} s" if end.finished_at and end.started_at else ""
    times = status.restart_count if status else 0
    shown = f"{words}, reason {end.reason}{lived}; {times} restarts"
    seen = ctx.saw(f"pod {pod.name}, {container}", shown, command=command)
    return code.finding(summary, steps=(step,), pods=names, subjects=subjects(names), evidence=(seen,))


RUNNING = Check(
    id="workload.running",
    title="The containers keep running",
    ask=ask,
    codes=(KILLED, CRASHING, EVICTED),
    explained_by=NOT_RUNNING,
)
