"""Checks that the worker's start completes.

The start is strictly serial: the step after the last completed one is the one that hangs or fails.
"""

from collections.abc import Iterator
from typing import NamedTuple

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.pods import log_command, log_of_end, progress_of, runs_for_s, samples_text, worker_log
from diagnose.logs.entries import StartProgress, last_error, parse
from diagnose.logs.reasons import around, choose, essence
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import Pod, Terminated
from diagnose.text.sentences import MAX_LENGTH, truncate

HANGS = Code(
    id="logs.startup-hangs",
    meaning="The worker's start hangs in a step, without an error. Steps that wait for a connection hang as "
    "long as the kernel retries.",
    fix="Repair what the step waits for.",
    symptom=True,
    alternatives=(
        "What the step waits for does not answer.",
        "The container runs another program than the worker.",
    ),
    transient=True,
)
FAILED = Code(
    id="logs.startup-failed",
    meaning="The worker ends during its start with the quoted error, which no other check explains.",
    fix="Read the log around the error.",
    symptom=True,
    alternatives=(
        Alternative(
            "A server that the step needs does not answer or refuses it: the quoted error names it.", "network.refused"
        ),
        Alternative(
            "A setting of the step is missing or wrong: compare it with that of a pod that runs.",
            "config.variable-missing",
        ),
    ),
    transient=True,
)
KILLED_CODES = {137, 143}
LEAST_QUOTED = 50


class Unfinished(NamedTuple):
    """A start that did not complete: its code, its problem, the reason in its log, and the lines that show it."""

    code: Code
    problem: str
    reason: str
    lines: str


def unfinished(ctx: Context, pod: Pod) -> Unfinished | None:
    """Returns a start that did not complete; None where it may still complete, or did."""
    status = pod.container_status(ctx.target.worker_container(pod).name)
    since, log = runs_for_s(ctx, pod), worker_log(ctx, pod)
    reached = progress_of(ctx, log)
    if log and log.text.gap and not reached.finished:  # its start may be in the gap
        return None
    if since is not None and log and not reached.finished:
        # A start that is slow as a whole hangs only where it makes no progress.
        still = ctx.age(reached.at).total_seconds() if reached.at else since
        if min(still, since) > ctx.target.profile.start_s:
            problem = f"hangs for {min(still, since) / 60:.0f} min {_where(reached)}"
            return Unfinished(HANGS, problem, "", _last_line(log))
        ctx.note(f"pod {pod.name} is still starting; last step done: {reached.last_step}")
    end = status.last_end if status else None
    if (
        end is None
        or exit_codes.is_oom(end)
        or exit_codes.code_of(end, ctx.target.profile.runtime)
        or (since or 0) > ctx.target.profile.start_s
    ):
        return None
    return _of_end(ctx, pod, end)


def _of_end(ctx: Context, pod: Pod, end: Terminated) -> Unfinished | None:
    log = log_of_end(ctx, pod, end)
    reached = progress_of(ctx, log)
    if log is None or log.text.gap or reached.finished:
        return None
    if end.exit_code in KILLED_CODES:
        return Unfinished(HANGS, f"was killed while it hung {_where(reached)}", "", _last_line(log))
    error, chosen = last_error(map(parse, log.entries)), choose([line.text for line in log.text.lines])
    text = chosen.text if chosen and chosen.is_error else "its log names no error"
    if error:
        stated, cause = choose(error.message.split("\n")), error.fields.get("error")
        text = stated.text if stated else error.message
        text = f"{text.rstrip(' .:')}: {cause}" if isinstance(cause, str) and cause not in text else text
    lines = around(log.text.lines, chosen.number) if chosen else text
    return Unfinished(FAILED, f"fails {_where(reached)}", text, truncate(text, 300) if error else lines)


def _where(reached: StartProgress) -> str:
    return f'before "{reached.next.title}"' if reached.next else "after its last step"


def _last_line(log: ContainerLog) -> str:
    return truncate(
        next((line.text for line in reversed(log.text.lines) if line.text.strip()), "the log is empty"), 300
    )


def run(ctx: Context) -> Iterator[Finding]:
    """Yields starts that hang or failed; where another check has the cause, they are its consequences."""
    ctx.logs()
    starts = ((pod, unfinished(ctx, pod)) for pod in ctx.target.pods if not pod.ready)
    found = ((start[:3], (pod, start.lines)) for pod, start in starts if start)
    for (code, problem, reason), hits in grouped(found).items():
        yield _finding(ctx, code, problem, reason, hits)
    ctx.require_worker_logs()


def _finding(ctx: Context, code: Code, problem: str, reason: str, hits: list[tuple[Pod, str]]) -> Finding:
    names = tuple(pod.name for pod, _ in hits)
    worker = ctx.target.worker_container(hits[0][0]).name
    command = log_command(ctx, names[0], worker, previous="was killed" in problem)
    who = samples_text(ctx, names)
    seen = ctx.record_evidence(f"pod {names[0]}, {worker}", hits[0][1], command=command)
    steps = [Step("Read the end of the log.", command)]
    if code is HANGS:
        running = kubectl.run_in(names[0], "cat", "/proc/1/cmdline", namespace=ctx.target.namespace, container=worker)
        steps.append(Step("See which program the container runs.", running))
    summary = f"The start of {who[0].lower()}{who[1:]} {problem}"
    quoted = essence(reason, max(MAX_LENGTH - len(summary) - len(": ."), LEAST_QUOTED))
    return code.finding(
        f"{summary}{f': {quoted}' if quoted else ''}.",
        *steps,
        pods=names,
        evidence=(seen,),
    )


STARTUP_COMPLETE = Check(
    id="logs.startup-complete",
    title="The workers' start completes",
    stage=stages.STARTUP,
    run=run,
    codes=(HANGS, FAILED),
    reads=WORKER_LOGS,
)
