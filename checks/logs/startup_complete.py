"""How far does the start get? It is strictly serial, so the step after the last one done is the one that hangs or fails."""

from collections.abc import Iterator

from checks import endings
from checks.upstream import NOT_STARTED
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.log_entries import Progress, last_error, parse
from diagnose.model import Finding, Step
from diagnose.pods import log_command, log_of_end, progress_of, runs_for_s, subjects, worker_log
from diagnose.probes.objects import Pod, Terminated
from diagnose.signatures import ContainerLog, Writer

HANGS = Code(
    id="logs.startup-hangs",
    meaning="The worker's start stands still in a step, without an error. Steps that wait for a connection do so for as long "
    "as the kernel tries.",
    fix="See to what the step waits for.",
)
FAILED = Code(
    id="logs.startup-failed",
    meaning="The worker ends during its start with an error that no signature knows; it is quoted.",
    fix="Read the log around the error.",
)
KILLED_CODES = {0, 137, 143}


def ask(ctx: Context) -> Iterator[Finding]:
    """Starts that hang, and starts that failed for a reason that nothing else names."""
    pods = [pod for pod in ctx.target.pods if not pod.ready]
    known = {match.log.pod for match in ctx.world.matches() if match.log.writer is Writer.WORKER}
    for problem in ctx.world.log_problems():
        ctx.could_not(problem)
    grouped: dict[tuple[Code, str], list[tuple[Pod, str]]] = {}
    for pod in pods:
        if told := _told(ctx, pod, known):
            grouped.setdefault(told[:2], []).append((pod, told[2]))
    for (code, words), hits in grouped.items():
        yield _finding(ctx, code, words, hits)
    if not any(log.writer is Writer.WORKER for log in ctx.world.logs()) and not ctx.problems:
        raise NotApplicableError("no worker has run so far")


def _told(ctx: Context, pod: Pod, known: set[str]) -> tuple[Code, str, str] | None:
    """Code, words and evidence of a start that did not come to its end; None where it may still, or did."""
    status = pod.container_status(ctx.target.worker_container(pod).name)
    since, log = runs_for_s(ctx, pod), worker_log(ctx, pod)
    reached = progress_of(ctx, log)
    if since is not None and log and not reached.finished:
        if since > ctx.target.profile.start_s:
            return HANGS, f"stands still for {since / 60:.0f} min {_where(reached)}", _last_line(log)
        ctx.note(f"pod {pod.name} is still starting; last step done: {reached.told}")
    end = status.last_end if status else None
    if end is None or endings.is_oom(end) or (since or 0) > ctx.target.profile.start_s:
        return None
    return _of_end(ctx, pod, end, known)


def _of_end(ctx: Context, pod: Pod, end: Terminated, known: set[str]) -> tuple[Code, str, str] | None:
    log = log_of_end(ctx, pod, end)
    reached = progress_of(ctx, log)
    if log is None or reached.finished:
        return None
    if end.exit_code in KILLED_CODES:
        return HANGS, f"was killed while it stood still {_where(reached)}", _last_line(log)
    error = last_error(map(parse, log.entries))
    if pod.name in known:
        return None
    said = " ".join(error.message.split()) if error else f"no error is logged, {endings.words(end)}"
    return FAILED, f"fails {_where(reached)}: {said[:80]}", error.message[:300] if error else _last_line(log)


def _where(reached: Progress) -> str:
    return f'before "{reached.next.title}"' if reached.next else "after its last step"


def _last_line(log: ContainerLog) -> str:
    return next((line.text for line in reversed(log.text.lines) if line.text.strip()), "the log is empty")[:300]


def _finding(ctx: Context, code: Code, words: str, hits: list[tuple[Pod, str]]) -> Finding:
    names = tuple(pod.name for pod, _ in hits)
    worker = ctx.target.worker_container(hits[0][0]).name
    command = log_command(ctx, names[0], worker, previous="was killed" in words)
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    seen = ctx.saw(f"pod {names[0]}, {worker}", hits[0][1], command=command)
    step = Step(text="Read the end of the log.", command=command)
    return code.finding(
        f"The start {who} {words}.", steps=(step,), pods=names, subjects=subjects(names), evidence=(seen,)
    )


STARTUP_COMPLETE = Check(
    id="logs.startup-complete",
    title="The workers' start comes to its end",
    ask=ask,
    codes=(HANGS, FAILED),
    explained_by=NOT_STARTED,
)
