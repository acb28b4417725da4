"""Does a Job end once its work is done? Its pod goes on as long as any of its containers runs, such as a sidecar."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.model.report import Finding, Step
from diagnose.resources import ContainerStatus, Pod
from diagnose.text.sentences import span

OPEN = Code(
    id="workload.job-held-by-sidecar",
    meaning="The program of a Job ended without an error, but another container of its pod runs on, so neither the pod "
    "nor the Job completes. A CronJob that forbids concurrent Jobs then starts no further one.",
    fix="Make the other container an init container with restartPolicy Always, which ends with the program, or end it.",
)
# A sidecar may need a moment to send what it has left.
GRACE_S = 30.0


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pods of Jobs in which only other containers than the program still run."""
    pods = [(pod, job) for pod in ctx.target.pods if (job := pod.job)]
    if not pods:
        raise NotApplicableError("no pod belongs to a Job")
    for pod, job in pods:
        if found := _left_running(ctx, pod):
            yield _finding(ctx, pod, job, *found)


def _left_running(ctx: Context, pod: Pod) -> tuple[ContainerStatus, list[str], float] | None:
    """Returns the program that ended, the containers that run on, and for how many seconds they did."""
    main = pod.container_status(ctx.target.worker_container(pod).name)
    done = [each for each in pod.status.container_statuses if each.state.terminated]
    # Where the container that was taken for the program runs, another one that is done is the program.
    program = main if main in done else next(iter(done), None)
    running = [each.name for each in pod.status.container_statuses if each.state.running]
    ends = [each.state.terminated for each in done if each.state.terminated]
    if program is None or not running or any(end.exit_code for end in ends):
        return None
    since_s = min(ctx.age(end.finished_at).total_seconds() for end in ends)
    return (program, running, since_s) if since_s > GRACE_S else None


def _finding(ctx: Context, pod: Pod, job: str, program: ContainerStatus, running: list[str], since_s: float) -> Finding:
    namespace, names = ctx.target.namespace, " and ".join(running)
    goes_on = f"{names} {'runs' if len(running) == 1 else 'run'} on"
    seen = ctx.record_evidence(
        f"pod {pod.name}",
        f"{program.name} ended with exit code 0 {span(since_s)} ago; {goes_on}",
        command=kubectl.get("pod", pod.name, namespace=namespace, output="yaml"),
    )
    end = kubectl.run_in(pod.name, "kill", "1", namespace=namespace, container=running[0])
    return OPEN.finding(
        f"Job {job} does not complete: {program.name} ended {span(since_s)} ago, but {goes_on} in its pod.",
        Step(
            f"Move {names} to initContainers with restartPolicy Always in the manifest of the Job.",
            kubectl.get("job", job, namespace=namespace, output="yaml"),
        ),
        Step(f"End {running[0]} in this pod.", end, changes=f"pod {pod.name}"),
        Step("Read what it does.", kubectl.log(pod.name, namespace=namespace, container=running[0], tail=20)),
        subjects=(f"job/{job}", f"pod/{pod.name}"),
        pods=(pod.name,),
        evidence=(seen,),
        alternatives=(f"{names} may still have work to do: read its log.",),
    )


JOB_ENDS = Check(
    id="workload.job-ends",
    title="A Job ends once its work is done",
    stage=stages.PROGRAM,
    run=run,
    codes=(OPEN,),
)
