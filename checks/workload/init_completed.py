"""Do the init containers complete? The Vault agent's own init container belongs to the checks of Vault.

One that says the same again and again waits, however long it has run; one that says nothing may be busy.
"""

from collections import Counter
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import BACK_OFF, EndReason, container_log, end_reason, log_command, reason_of
from diagnose.domain.kubernetes.stated_causes import alternatives_of, deciding_steps, fixed_by
from diagnose.logs.reasons import essence
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import ContainerStatus, Pod
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import MAX_LENGTH

FAILED = Code(
    id="workload.init-failed",
    meaning="An init container exits with an error (Init:Error, Init:CrashLoopBackOff), so the containers after it are "
    "not started.",
    fix="Fix the cause that the init container's log names.",
    symptom=True,
    alternatives=(
        Alternative("A setting or a file that it needs is missing: its log names it.", "config.variable-missing"),
        Alternative("A server that it needs does not answer: its log names the host.", "network.refused"),
        "Its own work fails, such as a migration: read the whole log.",
    ),
    transient=True,
)
STUCK = Code(
    id="workload.init-stuck",
    meaning="An init container does not complete, so the containers after it are not started.",
    fix="Find out what the init container waits for.",
    symptom=True,
    alternatives=(
        Alternative(
            "What it waits for is not there: its last lines name the host, the Job or the file.",
            "network.host-not-found",
        ),
        "Its work takes longer than usual, such as a migration: see whether its log goes on.",
    ),
)
NOT_STARTED = Code(
    id="workload.sidecar-not-started",
    meaning="A sidecar among the init containers does not pass its startup probe, so the containers after it are not "
    "started.",
    fix="Fix what prevents the sidecar from starting, or correct its startup probe.",
    symptom=True,
    alternatives=(
        Alternative("A server that the sidecar needs does not answer: its log names the host.", "network.refused"),
        Alternative(
            "Its startup probe queries another port or path than it serves: compare with its log.",
            "health.probe-failing",
        ),
    ),
)
AGENT = "vault-agent"
LEAST_QUOTED = 50
WAITING_S, LAST_LINES, REPEATED = 20.0, 40, 3
_TIME = lazy(r"\A\W*\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\W*|\A\W*\d\d:\d\d:\d\d[\d.,]*\W*")
_NUMBER = lazy(r"\d+")
_ATTEMPT = lazy(
    r"(?i)\bwait|\bretry|\battempt|not (?:yet )?(?:ready|available|found)|no such host|refused|unreachable|timed? ?out"
    r"|\bcan(?:no|')t\b|could not|unable|\bfail"
)


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
        if since <= _limit_s(ctx, pod, status) or (sidecar and status.started):
            return None
        code, problem, previous = STUCK, f"has run for {since:.0f} s without completing", False
        if sidecar:
            code, problem = NOT_STARTED, f"has run for {since:.0f} s without passing its startup probe"
        log = container_log(ctx, pod, status.name)
        source = f"pod {pod.name}, {status.name}"
        reason = reason_of(ctx, source, log.command, log.text.lines) if log else EndReason()
    elif ended and ended.exit_code and (status.state.terminated or running or (waiting and waiting.reason == BACK_OFF)):
        exits = f"(exit code {ended.exit_code})"
        state = f"is in {BACK_OFF}" if waiting or status.restart_count else "has failed"
        code, problem, previous = FAILED, f"{state} {exits}", running is not None
        reason = end_reason(ctx, pod, ended, status.name)
    else:
        return None
    command = log_command(ctx, pod.name, status.name, previous=previous)
    what = "Sidecar" if code is NOT_STARTED else "Init container"
    head = f"{what} {status.name} of pod {pod.name} {problem}"
    quoted = essence(reason.text, max(MAX_LENGTH - len(head) - len(": ."), LEAST_QUOTED))
    follows = f": {quoted}" if quoted else f", so the {ctx.target.profile.noun} is not started"
    return fixed_by(code, reason.text).finding(
        f"{head}{follows}.",
        Step("Read its log.", command),
        *deciding_steps(ctx, pod, reason.text),
        pods=(pod.name,),
        alternatives=alternatives_of(code, reason.text),
        evidence=(ctx.record_evidence(f"pod {pod.name}, {status.name}", problem, command=command), *reason.evidence),
    )


def _limit_s(ctx: Context, pod: Pod, status: ContainerStatus) -> float:
    """Returns for how long an init container may run, in seconds: not long once it shows that it only waits."""
    spec = pod.spec.container(status.name)
    granted = spec.start_patience_s if spec and spec.is_sidecar else 0
    if granted:
        return min(granted, ctx.target.profile.start_s)
    return WAITING_S if is_waiting(container_log(ctx, pod, status.name)) else ctx.target.profile.start_s


def is_waiting(log: ContainerLog | None) -> bool:
    """Whether the last lines of a log repeat themselves, or report failed attempts again and again."""
    texts = [_TIME.sub("", one_line(line.text)) for line in log.text.lines[-LAST_LINES:]] if log else []
    texts = [each for each in texts if each]
    same = Counter(texts).most_common(1)
    attempts = Counter(_NUMBER.sub("#", each) for each in texts if _ATTEMPT.search(each)).most_common(1)
    return any(found and found[0][1] >= REPEATED for found in (same, attempts))


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
