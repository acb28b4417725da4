"""Does a Job end once its work is done? Its pod goes on as long as any of its containers runs, such as a sidecar.

A Job that the target's own containers wait for, such as a migration, counts like one of its own.
"""

import re
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import container_log, counted
from diagnose.model.report import Finding, Step
from diagnose.resources import ContainerStatus, Pod
from diagnose.text.sentences import span

OPEN = Code(
    id="workload.job-held-by-sidecar",
    meaning="The program of a Job ended without an error, but another container of its pod runs on, so neither the pod "
    "nor the Job completes. A CronJob that forbids concurrent Jobs then starts no further one.",
    stage=stages.AWAITED_JOBS,
    fix="Make the other container an init container with restartPolicy Always, which ends with the program, or end it.",
)
# A sidecar may need a moment to send what it has left.
GRACE_S, LONG_INIT_S = 30.0, 60.0
LAST_LINES = 40
WAITS_FOR_IT = "What waits may wait for something else, as nothing that it runs or reports names the Job."


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pods of Jobs in which only other containers than the program still run."""
    own = [(pod, job) for pod in ctx.target.pods if (job := pod.job)]
    waiting = _waiting(ctx)
    others = [(pod, pod.job) for pod in ctx.list(Pod, ctx.target.namespace) if pod.job] if waiting else []
    if not own and not others:
        raise NotApplicableError("no pod belongs to a Job, or waits for one")
    for pod, job in own:
        if found := _left_running(ctx, pod, ctx.target.worker_container(pod).name):
            yield _finding(ctx, pod, job, *found)
    yield from _awaited(ctx, waiting, others)


def _waiting(ctx: Context) -> dict[str, str]:
    """Returns the pods with a container that runs and is not ready, with what that runs and reports."""
    found: dict[str, str] = {}
    for pod in ctx.target.pods:
        if pod.ready or pod.job:
            continue
        for status in pod.status.all_container_statuses:
            container = pod.spec.container(status.name)
            if status.state.running and not status.ready and container:
                log = container_log(ctx, pod, status.name)
                values = (each.value for each in container.env)
                lines = (line.text for line in log.text.lines[-LAST_LINES:]) if log else ()
                found[pod.name] = "\n".join((*container.command, *container.args, *values, *lines))
    return found


def _awaited(ctx: Context, waiting: dict[str, str], others: list[tuple[Pod, str]]) -> Iterator[Finding]:
    """Yields the other Jobs that do not end and that these pods wait for: those that they name, else the last one."""
    left = [(pod, job, found) for pod, job in others if (found := _left_running(ctx, pod, pod.main_container.name))]
    hang = tuple(pod.name for pod in ctx.target.pods if pod.name in waiting and _hangs_in_init(ctx, pod))
    named = False
    for pod, job, found in left:
        name = re.compile(rf"(?<![\w-]){re.escape(job)}(?![\w-])")
        if pods := tuple(each for each, text in waiting.items() if name.search(text)):
            named = True
            yield _finding(ctx, pod, job, *found, waiting=pods)
    if left and hang and not named:
        pod, job, found = max(left, key=lambda each: each[0].creation_order)
        yield _finding(ctx, pod, job, *found, waiting=hang, others=(WAITS_FOR_IT,))


def _hangs_in_init(ctx: Context, pod: Pod) -> bool:
    """Whether an init container has run for long."""
    runs = (each.state.running for each in pod.status.init_container_statuses if not each.ready)
    return any(each and ctx.age(each.started_at).total_seconds() > LONG_INIT_S for each in runs)


def _left_running(ctx: Context, pod: Pod, name: str) -> tuple[ContainerStatus, list[str], float] | None:
    """Returns the program that ended, the containers that run on, and for how many seconds they did."""
    main = pod.container_status(name)
    done = [each for each in pod.status.container_statuses if each.state.terminated]
    # Where the container that was taken for the program runs, another one that is done is the program.
    program = main if main in done else next(iter(done), None)
    running = [each.name for each in pod.status.container_statuses if each.state.running]
    ends = [each.state.terminated for each in done if each.state.terminated]
    if program is None or not running or any(end.exit_code for end in ends):
        return None
    since_s = min(ctx.age(end.finished_at).total_seconds() for end in ends)
    return (program, running, since_s) if since_s > GRACE_S else None


def _finding(
    ctx: Context,
    pod: Pod,
    job: str,
    program: ContainerStatus,
    running: list[str],
    since_s: float,
    *,
    waiting: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
) -> Finding:
    namespace, names = ctx.target.namespace, " and ".join(running)
    goes_on = f"{names} {'runs' if len(running) == 1 else 'run'} on"
    seen = ctx.record_evidence(
        f"pod {pod.name}",
        f"{program.name} ended with exit code 0 {span(since_s)} ago; {goes_on}",
        command=kubectl.get("pod", pod.name, namespace=namespace, output="yaml"),
    )
    for_it = f"; {counted(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for it" if waiting else ""
    end = kubectl.run_in(pod.name, "kill", "1", namespace=namespace, container=running[0])
    return OPEN.finding(
        f"Job {job} does not complete: {program.name} ended {span(since_s)} ago, but {goes_on} in its pod{for_it}.",
        Step(
            f"Move {names} to initContainers with restartPolicy Always in the manifest of the Job.",
            kubectl.get("job", job, namespace=namespace, output="yaml"),
        ),
        Step(f"End {running[0]} in this pod.", end, changes=f"pod {pod.name}"),
        Step("Read what it does.", kubectl.log(pod.name, namespace=namespace, container=running[0], tail=20)),
        subjects=(f"job/{job}", f"pod/{pod.name}"),
        pods=waiting or (pod.name,),
        evidence=(seen,),
        alternatives=(f"{names} may still have work to do: read its log.", *others),
    )


JOB_ENDS = Check(
    id="workload.job-ends",
    title="A Job ends once its work is done",
    stage=stages.PROGRAM,
    run=run,
    codes=(OPEN,),
    reads=(*lists(Scope.OWN, Pod), *optional(WORKER_LOGS)),
)
