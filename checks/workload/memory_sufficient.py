"""Do the containers stay within their memory limits? An OOM kill leaves no log line, only the reason OOMKilled."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, grouped
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.exit_codes import AGENT_OOM, OOM
from diagnose.domain.kubernetes.pods import log_command, pods_of
from diagnose.model.report import Finding, Step
from diagnose.resources import ContainerStatus, Pod

MEMORY = "Memory"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports containers, also init containers, of pods that are not ready, whose last run ended with OOMKilled."""
    statuses = ((pod, each) for pod in pods_of(ctx) if not pod.ready for each in pod.status.all_container_statuses)
    killed = grouped(
        ((each.name, pod.spec.limit(each.name, "memory")), pod) for pod, each in statuses if _killed(ctx, each)
    )
    for (container, limit), pods in killed.items():
        yield _finding(ctx, container, limit, pods)


def _killed(ctx: Context, status: ContainerStatus) -> bool:
    end, running = status.last_end, status.state.running
    if end is None or not exit_codes.is_oom(end) or status.ready:
        return False
    # A container that has run for longer than a start has another problem now.
    return running is None or ctx.age(running.started_at).total_seconds() <= ctx.target.profile.start_s


def _finding(ctx: Context, container: str, limit: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    worker = container == ctx.target.worker_container(pods[0]).name
    status = pods[0].container_status(container)
    times = status.restart_count if status else 0
    previous = status is not None and status.state.running is not None
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    limited = f"at its memory limit of {limit}" if limit else "without a memory limit of its own"
    follows = "" if worker else f"; the {ctx.target.profile.noun} itself is not affected"
    command = log_command(ctx, names[0], container, previous=previous)
    nodes = filter(None, (pods[0].spec.node_name,))
    seen = ctx.record_evidence(
        f"pod {names[0]}, {container}", f"OOMKilled, exit code 137; {times} restarts", command=command
    )
    return exit_codes.oom_code(container).finding(
        f"Container {container} {who} is OOMKilled {limited}{follows}.",
        exit_codes.raise_limit(ctx, container, limit),
        Step("Read the end of its log.", command),
        *(Step("See whether its node has memory left.", kubectl.describe("node", node)) for node in nodes),
        pods=names,
        evidence=(seen,),
        alternatives=tuple(_otherwise(ctx, pods[0], container)),
    )


def _otherwise(ctx: Context, pod: Pod, container: str) -> Iterator[str]:
    """Yields what else may have used the memory up; volumes that are injected are small."""
    spec, volumes = pod.spec.container(container), ctx.target.template.spec.volumes
    in_memory = {volume.name for volume in volumes if volume.empty_dir and volume.empty_dir.medium == MEMORY}
    if spec and (shared := [each.name for each in spec.volume_mounts if each.name in in_memory]):
        yield f"The files of volume {shared[0]}, which is in memory, count as its memory: see how large they are."
    yield f"Node {pod.spec.node_name} itself has no memory left: its events show SystemOOM then."


MEMORY_SUFFICIENT = Check(
    id="workload.memory-sufficient",
    title="The containers stay within their memory limits",
    stage=stages.MEMORY,
    run=run,
    codes=(OOM, AGENT_OOM),
)
