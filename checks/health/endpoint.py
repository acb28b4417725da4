"""What does the health endpoint answer? In most versions a constant, which proves only that the start is complete."""

from collections.abc import Iterator
from json import JSONDecodeError, loads
from typing import Any

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, SurveyResult
from diagnose.check.reads import EVENTS, EXEC, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import (
    event_evidence,
    is_starting,
    log_command,
    progress_of,
    worker_log,
)
from diagnose.domain.kubernetes.probes import (
    ProbeFailure,
    all_probes,
    failures,
    is_failing,
    is_unreached,
    last_killed,
    plain_url,
    probed_pods,
    probes,
)
from diagnose.model.report import Alternative, Evidence, Finding, Step, Vantage
from diagnose.queries.exec_survey.survey import Fetched
from diagnose.resources import Pod, Probe
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

REFUSED = Code(
    id="health.endpoint-silent",
    meaning="Nothing answers the probes, though the worker has run for longer than a start may take.",
    fix="Find the step that the start hangs in; see logs.startup-complete.",
    symptom=True,
    alternatives=(
        Alternative("The start hangs before the endpoint opens: the log ends at that step.", "logs.startup-hangs"),
        Alternative("The program listens on another port or address than the probes query.", "health.port-mismatch"),
    ),
    transient=True,
)
UNHEALTHY = Code(
    id="health.endpoint-unhealthy",
    meaning="The worker answers its probes, and reports that it is unhealthy.",
    fix="Read the body of the answer.",
    symptom=True,
    alternatives=(
        Alternative(
            "A server that the program needs does not answer: the body of the answer, or its log, names it.",
            "network.refused",
        ),
        Alternative(
            "Its own poller has stopped: restart the pod, and see whether it returns.", "health.queue-not-running"
        ),
    ),
    transient=True,
)
QUEUE = Code(
    id="health.queue-not-running",
    meaning="The worker's own health report names a queue whose poller has stopped or failed.",
    fix="Read the worker's log about that queue, and restart the pod.",
    symptom=True,
    alternatives=(
        Alternative("The poller has lost Temporal: its log names the error.", "temporal.refused"),
        Alternative("The poller has ended with an error of its own, which a restart ends.", "temporal.worker-failed"),
    ),
    transient=True,
)
KILLED = Code(
    id="health.probe-unanswered",
    meaning="The kubelet kills the container repeatedly, because its liveness or startup probe is not answered: the "
    "start takes longer than the probe grants, hangs, or never opens the port.",
    fix="Read the log of the run that was killed; let the probe query the right port, or grant a longer start.",
    symptom=True,
    alternatives=(
        Alternative("The start takes longer than the probe grants.", "health.start-too-slow"),
        Alternative("The start hangs: the log of the run that was killed ends at that step.", "logs.startup-hangs"),
        Alternative("The program listens on another port or address than the probe queries.", "health.port-mismatch"),
    ),
    stage=stages.PROBES,
    template=stages.ENDPOINT.template,
    transient=True,
)
_REQUEST = lazy(r'\AGet "[^"]*": ')
# health.probe-path reports it.
NO_SUCH_PATH = 404
CODES = (REFUSED, UNHEALTHY, QUEUE, KILLED)


def stopped(body: str) -> list[tuple[str, str]]:
    """Returns the queues that a newer worker's report lists with another state than running."""
    try:
        report: Any = loads(body)
        queues = report.get("queues", []) if isinstance(report, dict) else []
        states = [(str(each.get("taskQueue", "?")), str(each.get("state", "RUNNING"))) for each in queues]
    except (JSONDecodeError, AttributeError, TypeError):
        return []
    return [(queue, state) for queue, state in states if state not in {"RUNNING", "INITIALIZED"}]


def run(ctx: Context) -> Iterator[Finding]:
    """Evaluates answers fetched inside the pods; without access to them, the kubelet's events about its probes."""
    pods = probed_pods(ctx)
    queried, failing = set(), False
    ready = all(pod.ready for pod in pods)
    surveys = ctx.covered(ctx.surveys, "the kubelet's own probes succeed") if ready else ctx.detail(ctx.surveys)
    for each in surveys or ():
        for fetched in _own(ctx, each):
            queried.add(each.pod.name)
            yield from _judge(ctx, each.pod, fetched)
    for pod in pods:
        if pod.name in queried or not is_failing(ctx, pod) or is_starting(ctx, pod):
            continue
        if latest := _latest(failures(ctx, pod)):
            failing = True
            if latest.status != NO_SUCH_PATH:
                yield _reported(ctx, pod, latest)
        elif killed := _killed(ctx, pod):
            failing = True
            yield killed
    if queried:
        ctx.note(ctx.remark or "proves only that the start is complete")
    elif ready:
        ctx.note("by the kubelet's own probes; they prove only that the start is complete")
    elif not failing:
        raise NotApplicableError("no worker is running")


def _latest(found: dict[str, ProbeFailure]) -> ProbeFailure | None:
    return max(found.values(), key=lambda each: each.event.order, default=None)


def _reported(ctx: Context, pod: Pod, failure: ProbeFailure) -> Finding:
    """Returns the finding about a probe whose failure the kubelet reports."""
    seen = event_evidence(ctx, pod, failure.event)
    if failure.status and not is_unreached(ctx, pod, failure):
        return _finding(ctx, UNHEALTHY, pod, f"answers its {failure.kind} probe with {failure.status}", seen)
    reason = truncate(_REQUEST.sub("", failure.result), 70)
    problem = f"fails its {failure.kind} probe ({reason})"
    probe = dict(all_probes(ctx.target.worker_container(pod))).get(failure.kind)
    if ctx.target.profile.start_steps or probe is None or failure.kind == "readiness":
        return _finding(ctx, REFUSED, pod, problem, seen)
    return _kill_finding(ctx, pod, failure.kind, probe, f": {reason}", seen)


def _killed(ctx: Context, pod: Pod) -> Finding | None:
    """Returns the finding about a kill of a program with an unknown start, without a report of its probe."""
    worker = ctx.target.worker_container(pod)
    killed = None if ctx.target.profile.start_steps else last_killed(ctx, pod, worker.name)
    if killed is None:
        return None
    kill, _ = killed
    kind = "startup" if "startup probe" in kill.message else "liveness"
    probe = dict(all_probes(worker)).get(kind)
    return _kill_finding(ctx, pod, kind, probe, "", event_evidence(ctx, pod, kill)) if probe else None


def _kill_finding(ctx: Context, pod: Pod, kind: str, probe: Probe, why: str, seen: Evidence) -> Finding:
    problem = f"is killed by its {kind} probe, which grants a start {probe.patience_s} s{why}"
    return _finding(ctx, KILLED, pod, problem, seen, _doubts(probe))


def _doubts(probe: Probe) -> tuple[str, ...]:
    """Returns why a program whose start is not known may not answer a probe that has it killed."""
    return (
        f"Its start takes longer than the {probe.patience_s} s that the probe grants; then its log shows no error.",
        "It never opens the port: compare the port of the probe with those that the program opens.",
    )


def _own(ctx: Context, each: SurveyResult) -> list[Fetched]:
    """Returns the answers to the requests of the pod's probes."""
    worker = ctx.target.worker_container(each.pod)
    urls = {plain_url(probe, worker) for _, probe in probes(worker)}
    return [fetched for fetched in each.answer.fetched if fetched.url in urls]


def _judge(ctx: Context, pod: Pod, fetched: Fetched) -> Iterator[Finding]:
    text = f"GET {fetched.url}: {fetched.status or fetched.error} {truncate(fetched.body, 200)}".strip()
    seen = ctx.record_evidence(f"pod {pod.name}", text, Vantage.POD)
    if not fetched.status:
        reached = progress_of(ctx, worker_log(ctx, pod))
        if is_starting(ctx, pod) and not reached.finished:
            ctx.note(f"pod {pod.name} is still starting; last step done: {reached.last_step}")
        elif not pod.ready:
            steps = f"; last step of its start: {reached.last_step}" if ctx.target.profile.start_steps else ""
            yield _finding(ctx, REFUSED, pod, f"answers no probe{steps}", seen)
    elif 200 <= fetched.status < 400:
        # A probe succeeds by any of these, a redirect to another host included.
        for queue, state in stopped(fetched.body):
            yield _finding(ctx, QUEUE, pod, f"does not poll queue {queue} (state {state})", seen)
    elif fetched.status != NO_SUCH_PATH:
        queues = (f"queue {queue} is {state}" for queue, state in stopped(fetched.body))
        report = " ".join(next(queues, truncate(fetched.body, 60)).split())
        yield _finding(ctx, UNHEALTHY, pod, f"answers its probes with {fetched.status} ({report})", seen)


def _finding(
    ctx: Context, code: Code, pod: Pod, problem: str, seen: Evidence, alternatives: tuple[str, ...] = ()
) -> Finding:
    log = Step("Read its log.", log_command(ctx, pod.name, ctx.target.worker_container(pod).name))
    summary = f"The {ctx.target.profile.noun} of pod {pod.name} {problem}."
    return code.finding(summary, log, pods=(pod.name,), evidence=(seen,), alternatives=alternatives)


ENDPOINT = Check(
    id="health.endpoint",
    title="The health endpoint answers",
    stage=stages.ENDPOINT,
    run=run,
    codes=CODES,
    reads=(*EXEC, *optional(EVENTS, WORKER_LOGS)),
)
