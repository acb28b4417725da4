"""Do the containers stay within their memory limits? An OOM kill leaves no log line, only the reason OOMKilled.

Files of a volume in memory count as memory of the container that wrote them. They outlive it, so that the next start
may be killed before its program runs.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, grouped
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.exit_codes import AGENT_OOM, MEMORY_VOLUME, OOM
from diagnose.domain.kubernetes.pods import log_command, pods_of, subjects
from diagnose.model.report import Alternative, Evidence, Finding, Step, Vantage
from diagnose.resources import ContainerStatus, Pod, Volume, quantities
from diagnose.text.sentences import number_of

MEMORY = "Memory"
BY_PROGRAM = "The program itself uses it up: see whether it is killed with the volume on disk, too."
MUCH = 0.5
"""The share of the limit from which files in memory explain a kill."""


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
    if exit_codes.is_oom_at_start(status):
        return True
    if end is None or not exit_codes.is_oom(end) or status.ready:
        return False
    # A container that has run for longer than a start has another problem now.
    return running is None or ctx.age(running.started_at).total_seconds() <= ctx.target.profile.start_s


def _finding(ctx: Context, container: str, limit: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    worker = container == ctx.target.worker_container(pods[0]).name
    status = pods[0].container_status(container)
    restarts = status.restart_count if status else 0
    previous = status is not None and status.state.running is not None
    who = f"of pod {names[0]}" if len(names) == 1 else f"of {len(names)} of {len(ctx.target.pods)} pods"
    limited = f"at its memory limit of {limit}" if limit else "without a memory limit of its own"
    follows = "" if worker else f"; the {ctx.target.profile.noun} itself is not affected"
    command = log_command(ctx, names[0], container, previous=previous)
    nodes = filter(None, (pods[0].spec.node_name,))
    at_start = status is not None and exit_codes.is_oom_at_start(status)
    seen = ctx.record_evidence(
        f"pod {names[0]}, {container}",
        f"OOMKilled{' before its program runs' if at_start else ', exit code 137'}; {number_of(restarts, 'restart')}",
        command=command,
    )
    steps = (
        Step("Read the end of its log.", command),
        *(Step("See whether its node has memory left.", kubectl.describe("node", node)) for node in nodes),
    )
    raised = exit_codes.raise_limit(ctx, container, limit)
    volume, measured = _volume(ctx, pods[0], container), _measured(ctx, container, limit)
    if volume and (measured or at_start or not _is_bounded(volume, limit)):
        is_proven = bool(measured) or (at_start and restarts > 0)
        return MEMORY_VOLUME.finding(
            f"Container {container} {who} is OOMKilled {limited}; files of volume {volume.name} (in memory) count.",
            _on_disk(ctx, volume),
            raised,
            *steps,
            pods=names,
            subjects=(f"volume/{volume.name}", *subjects(names)),
            evidence=(seen, *measured),
            alternatives=() if is_proven else (Alternative(BY_PROGRAM, OOM.id), *_otherwise(pods[0])),
        )
    of_volume = f"The files of volume {volume.name}, which is in memory, count, too." if volume else ""
    others = (Alternative(of_volume, MEMORY_VOLUME.id),) if of_volume else ()
    return exit_codes.oom_code(container).finding(
        f"Container {container} {who} is OOMKilled {limited}{follows}.",
        raised,
        *steps,
        pods=names,
        evidence=(seen,),
        alternatives=(*others, *_otherwise(pods[0])),
    )


def _volume(ctx: Context, pod: Pod, container: str) -> Volume | None:
    """Returns the volume in memory that a container mounts; those that are injected are small."""
    spec, volumes = pod.spec.container(container), ctx.target.declared.spec.volumes
    in_memory = {each.name: each for each in volumes if each.empty_dir and each.empty_dir.medium == MEMORY}
    return next((in_memory[each.name] for each in spec.volume_mounts if each.name in in_memory), None) if spec else None


def _is_bounded(volume: Volume, limit: str) -> bool:
    """Whether a volume's own limit keeps its files well below the container's."""
    most, memory = quantities.parse(volume.empty_dir.size_limit if volume.empty_dir else ""), quantities.parse(limit)
    return most is not None and memory is not None and float(most) < MUCH * float(memory)


def _measured(ctx: Context, container: str, limit: str) -> tuple[Evidence, ...]:
    """Returns that files in memory take much of the limit, where a run of the container shows it.

    That they take little shows nothing: those of an earlier run are no longer counted for the container.
    """
    surveys = ctx.covered(ctx.surveys, "the kubelet reports the kill") or ()
    own = (each.answer.process.shared_memory or 0 for each in surveys if each.container == container)
    most, largest = quantities.parse(limit), max(own, default=0)
    if not most or largest < MUCH * float(most):
        return ()
    text = f"{quantities.in_mebibytes(largest)} of {limit} are files in memory and shared memory"
    return (ctx.record_evidence(f"control group of {container}", text, Vantage.POD),)


def _on_disk(ctx: Context, volume: Volume) -> Step:
    change = {"spec": {"template": {"spec": {"volumes": [{"name": volume.name, "emptyDir": {"medium": None}}]}}}}
    return Step("Put it on the node's disk, if that is fast enough.", ctx.owner.patch(change), changes="the Deployment")


def _otherwise(pod: Pod) -> Iterator[str]:
    """Yields what else may have used the memory up."""
    yield f"Node {pod.spec.node_name} itself has no memory left: its events show SystemOOM then."


MEMORY_SUFFICIENT = Check(
    id="workload.memory-sufficient",
    title="The containers stay within their memory limits",
    stage=stages.MEMORY,
    run=run,
    codes=(OOM, AGENT_OOM, MEMORY_VOLUME),
    reads=EXEC_OPTIONAL,
)
