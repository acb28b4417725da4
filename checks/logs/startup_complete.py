"""How far does the start get? It is strictly serial: the step after the last one done is the one that fails."""

from collections.abc import Iterator

from checks.dependencies import NOT_STARTED
from checks.starts import FAILED, HANGS, unfinished
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORDS
from diagnose.domain.kubernetes.pods import log_command, subjects
from diagnose.logs.signatures import Writer
from diagnose.model.report import Finding, Step
from diagnose.resources import Pod


def ask(ctx: Context) -> Iterator[Finding]:
    """Starts that hang, and starts that failed; where another check names the reason, this follows from it."""
    pods = [pod for pod in ctx.target.pods if not pod.ready]
    for problem in ctx.world.log_problems():
        ctx.could_not(problem)
    grouped: dict[tuple[Code, str], list[tuple[Pod, str]]] = {}
    for pod in pods:
        if told := unfinished(ctx, pod):
            grouped.setdefault(told[:2], []).append((pod, told[2]))
    for (code, words), hits in grouped.items():
        yield _finding(ctx, code, words, hits)
    if not any(log.writer is Writer.WORKER for log in ctx.world.logs()) and not ctx.problems:
        raise NotApplicableError("no worker has run so far")


def _finding(ctx: Context, code: Code, words: str, hits: list[tuple[Pod, str]]) -> Finding:
    names = tuple(pod.name for pod, _ in hits)
    worker = ctx.target.worker_container(hits[0][0]).name
    command = log_command(ctx, names[0], worker, previous="was killed" in words)
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    seen = ctx.saw(f"pod {names[0]}, {worker}", hits[0][1], command=command)
    step = Step(text="Read the end of the log.", command=command)
    summary = f"The start {who} {words}."
    return code.finding(
        summary,
        steps=(step,),
        pods=names,
        subjects=subjects(names),
        evidence=(seen,),
    )


STARTUP_COMPLETE = Check(
    id="logs.startup-complete",
    title="The workers' start comes to its end",
    ask=ask,
    codes=(HANGS, FAILED),
    explained_by=NOT_STARTED,
    reads=WORDS,
)
