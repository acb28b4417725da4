"""Have ready pods run without restarts recently? A single restart with a successful start after it is not reported."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.pods import log_command
from diagnose.logs.entries import LogEntry, last_error, parse
from diagnose.logs.reasons import choose, essence
from diagnose.logs.signatures import joined
from diagnose.model.report import Alternative, Finding, Severity, Step
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import ContainerStatus, Pod, Terminated

RESTARTED = Code(
    id="workload.restarted-lately",
    meaning="A container of a pod that is ready now has restarted several times, the last time less than an hour ago.",
    fix="Read the end of the log of the previous run.",
    severity=Severity.WARNING,
    symptom=True,
    alternatives=(
        Alternative(
            "The program ends with an error from time to time: the log of the previous run names it.",
            "workload.crash-looping",
        ),
        Alternative(
            "The liveness probe fails from time to time, as the program is slow then: the pod's events show it.",
            "health.probe-unanswered",
        ),
        "What it needs was gone for a time, and is back: see whether it restarts again.",
    ),
)
RECENT_S = 3600.0
LOGS = 5
"""Of how many containers the log of the previous run is read; there may be as many as there are pods."""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports recent restarts of containers that run now: several, or one after OOMKilled."""
    if not ctx.target.ready_pods:
        raise NotApplicableError("no pod is ready")
    logs = LOGS
    for pod in ctx.target.ready_pods:
        for status in pod.running_statuses:
            end = status.last_state.terminated
            if end is None or status.state.running is None or ctx.age(end.finished_at).total_seconds() > RECENT_S:
                continue
            if exit_codes.is_looping(ctx, status):
                continue  # workload.running reports it
            if _started_at_last(ctx, status, end):
                ctx.note(f"{status.name} of pod {pod.name} has run since a start that had failed before")
                continue
            if status.restart_count >= exit_codes.OFTEN or exit_codes.is_oom(end):
                yield _finding(ctx, pod, status, end, _last_error(ctx, pod, status, end) if logs else "")
                logs = max(logs - 1, 0)


def _started_at_last(ctx: Context, status: ContainerStatus, end: Terminated) -> bool:
    """Whether the restarts were of a start that failed, as what it needs was not there, and that succeeded since."""
    if exit_codes.is_oom(end) or not (end.started_at and end.finished_at and end.exit_code):
        return False
    lived = (end.finished_at - end.started_at).total_seconds()
    return lived <= ctx.target.profile.start_s and exit_codes.has_outlived(ctx, status)


def _last_error(ctx: Context, pod: Pod, status: ContainerStatus, end: Terminated) -> str:
    """Returns the last error in the log of the previous run; "" where it has none, or the log is gone."""
    query = ReadLog(namespace=ctx.target.namespace, pod=pod.name, container=status.name, previous=True)
    if not end.exit_code or exit_codes.is_oom(end):
        return ""
    # The restart is reported anyway; the log would only explain it.
    log = ctx.detail(lambda: ctx.query(query))
    if not log:
        return ""
    if error := last_error(map(parse, joined(log.lines))):
        return essence(_text(error), 90)
    chosen = choose([line.text for line in log.lines])
    return essence(chosen.text, 90) if chosen and chosen.is_error else ""


def _text(error: LogEntry) -> str:
    detail = error.fields.get("error")
    return f"{error.message}: {detail}" if isinstance(detail, str) else error.message.partition("\n")[0]


def _finding(ctx: Context, pod: Pod, status: ContainerStatus, end: Terminated, error: str) -> Finding:
    minutes = int(ctx.age(end.finished_at).total_seconds() // 60)
    times = f"{status.restart_count} times" if status.restart_count > 1 else "once"
    command = log_command(ctx, pod.name, status.name, previous=True)
    exits = f"exit code {end.exit_code}: {error}" if error else exit_codes.describe(end, ctx.target.profile.runtime)
    return RESTARTED.finding(
        f"Container {status.name} of pod {pod.name} was restarted {times}, last {minutes} min ago ({exits}).",
        Step("Read the end of the log of the previous run.", command),
        pods=(pod.name,),
        evidence=(
            ctx.record_evidence(f"pod {pod.name}, {status.name}", f"{exits}, reason {end.reason}", command=command),
        ),
    )


STABLE = Check(
    id="workload.stable",
    title="Ready pods have not restarted recently",
    stage=stages.RUNNING,
    run=run,
    codes=(RESTARTED,),
    reads=optional(WORKER_LOGS),
)
