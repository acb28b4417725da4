"""Have pods that are ready kept running lately? One restart that was followed by a good start is not worth a word."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.pods import log_command, subjects
from diagnose.logs.entries import LogEntry, last_error, parse
from diagnose.logs.signatures import joined
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.resources import ContainerStatus, Pod, Terminated
from diagnose.text.sentences import truncate

RESTARTED = Code(
    id="workload.restarted-lately",
    meaning="A container of a pod that is ready now has ended and been started again several times, the last time less "
    "than an hour ago.",
    fix="Read the end of the log of the run before.",
    severity=Severity.WARNING,
)
LATELY_S = 3600.0
OFTEN = 2


def run(ctx: Context) -> Iterator[Finding]:
    """Recent ends of containers that run now, several or for want of memory."""
    if not ctx.target.ready_pods:
        raise NotApplicableError("no pod is ready")
    for pod in ctx.target.ready_pods:
        for status in pod.status.container_statuses:
            end = status.last_state.terminated
            if end is None or status.state.running is None or ctx.age(end.finished_at).total_seconds() > LATELY_S:
                continue
            if status.restart_count >= OFTEN or exit_codes.is_oom(end):
                yield _finding(ctx, pod, status, end)


def _last_error(ctx: Context, pod: Pod, status: ContainerStatus, end: Terminated) -> str:
    """What the run before said last of an error; nothing where it said none, or its log is gone."""
    query = ReadLog(namespace=ctx.target.namespace, pod=pod.name, container=status.name, previous=True)
    if not end.exit_code or exit_codes.is_oom(end):
        return ""
    try:
        lines = ctx.query(query).lines
    except NoAnswerError:
        # That it ended is told anyway; its log is only what may say why.
        return ""
    error = last_error(map(parse, joined(lines)))
    return truncate(" ".join(_said(error).split()), 90) if error else ""


def _said(error: LogEntry) -> str:
    told = error.fields.get("error")
    return f"{error.message}: {told}" if isinstance(told, str) else error.message.partition("\n")[0]


def _finding(ctx: Context, pod: Pod, status: ContainerStatus, end: Terminated) -> Finding:
    minutes = int(ctx.age(end.finished_at).total_seconds() // 60)
    times = f"{status.restart_count} times" if status.restart_count > 1 else "once"
    command = log_command(ctx, pod.name, status.name, previous=True)
    error = _last_error(ctx, pod, status, end)
    words = f"exit code {end.exit_code}: {error}" if error else exit_codes.words(end, ctx.target.profile.runtime)
    return RESTARTED.finding(
        f"Container {status.name} of pod {pod.name} was restarted {times}, last {minutes} min ago ({words}).",
        pods=(pod.name,),
        subjects=subjects((pod.name,)),
        evidence=(
            ctx.record_evidence(f"pod {pod.name}, {status.name}", f"{words}, reason {end.reason}", command=command),
        ),
        steps=(Step(text="Read the end of the run before.", command=command),),
    )


STABLE = Check(
    id="workload.stable",
    title="Pods that are ready have not restarted lately",
    stage=stages.RUNNING,
    run=run,
    codes=(RESTARTED,),
    reads=optional(WORKER_LOGS),
)
