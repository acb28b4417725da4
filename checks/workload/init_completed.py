"""Do the init containers complete? The Vault agent's own init container belongs to the checks of Vault."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import BACK_OFF, container_log, last_line, last_log_line, log_command
from diagnose.model.report import Finding, Step
from diagnose.resources import ContainerStatus, Pod
from diagnose.text.sentences import truncate

FAILED = Code(
    id="workload.init-failed",
    meaning="An init container exits with an error (Init:Error, Init:CrashLoopBackOff), so the containers after it are "
    "not started.",
    fix="Fix the cause that the init container's log names.",
    transient=True,
)
STUCK = Code(
    id="workload.init-stuck",
    meaning="An init container does not complete, so the containers after it are not started.",
    fix="Find out what the init container waits for.",
)
NOT_STARTED = Code(
    id="workload.sidecar-not-started",
    meaning="A sidecar among the init containers does not pass its startup probe, so the containers after it are not "
    "started.",
    fix="Fix what prevents the sidecar from starting, or correct its startup probe.",
)
AGENT = "vault-agent"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports init containers that failed, or that run for longer than a whole start may take."""
    if not any(not each.name.startswith(AGENT) for pod in ctx.target.pods for each in pod.spec.init_containers):
        raise NotApplicableError("the pods have no init containers except the Vault agent's")
    for pod in ctx.target.pods:
        done = pod.condition("Initialized")
        if done is not None and done.status == "True":
            continue
        for status in pod.status.init_container_statuses:
            if not status.name.startswith(AGENT) and (finding := _judge(ctx, pod, status)):
                yield finding


def _judge(ctx: Context, pod: Pod, status: ContainerStatus) -> Finding | None:
    running, waiting, ended = status.state.running, status.state.waiting, status.last_end
    if running and not status.restart_count:
        since = ctx.age(running.started_at).total_seconds()
        sidecar = any(each.name == status.name and each.is_sidecar for each in pod.spec.init_containers)
        if since <= ctx.target.profile.start_s or (sidecar and status.started):
            return None
        code, problem, previous = STUCK, f"has run for {since:.0f} s without completing", False
        if sidecar:
            code, problem = NOT_STARTED, f"has run for {since:.0f} s without passing its startup probe"
        message = last_line(container_log(ctx, pod, status.name))
    elif ended and ended.exit_code and (status.state.terminated or running or (waiting and waiting.reason == BACK_OFF)):
        exits = f"(exit code {ended.exit_code})"
        state = f"is in {BACK_OFF}" if waiting or status.restart_count else "has failed"
        code, problem, previous = FAILED, f"{state} {exits}", running is not None
        message = last_log_line(ctx, pod, ended, status.name)
    else:
        return None
    command = log_command(ctx, pod.name, status.name, previous=previous)
    follows = f": {truncate(message, 70)}" if message else f", so the {ctx.target.profile.noun} is not started"
    what = "Sidecar" if code is NOT_STARTED else "Init container"
    return code.finding(
        f"{what} {status.name} of pod {pod.name} {problem}{follows}.",
        Step("Read its log.", command),
        pods=(pod.name,),
        evidence=(ctx.record_evidence(f"pod {pod.name}, {status.name}", problem, command=command),),
    )


INIT_COMPLETED = Check(
    id="workload.init-completed",
    title="The init containers complete",
    stage=stages.INIT,
    # An init container may run the migrations, or wait for them; the worker itself starts without the last of them.
    explained_by=("database.migrations-applied",),
    run=run,
    codes=(FAILED, STUCK, NOT_STARTED),
    reads=optional(WORKER_LOGS),
)
