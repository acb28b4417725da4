"""Are the volumes mounted? Until they are, no container of the pod starts, so there is no log."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import describe_pod, event_evidence, events_about, pods_of
from diagnose.model.report import Finding, Step
from diagnose.resources import Event, Pod
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

NOT_MOUNTED = Code(
    id="workload.volume-not-mounted",
    meaning="A volume of the pod cannot be mounted or attached, usually because its source does not exist or is in use "
    "on another node. The kubelet keeps trying, and the pod stays in ContainerCreating or Init:0/1.",
    fix="Create or release the source of the volume.",
    transient=True,
)
HOST_PATH = Code(
    id="workload.host-path-absent",
    meaning="A pod mounts a file, directory or socket of its node (hostPath) that the node does not have, or has as "
    "something else, such as the socket of another container runtime.",
    fix="Correct the path, or take the volume out; or make what it names on the nodes.",
)
_HOST_PATH = lazy(r"hostPath type check failed: (?P<path>/\S{1,300}) is not an? (?P<kind>[a-z]{1,12}(?: [a-z]{1,12})?)")
# The kubelet retries after two minutes at most.
RECENT_S = 300.0
TRANSIENT = "failed to sync"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports failed mounts of pods without any started container."""
    for pod in pods_of(ctx):
        if not waits_for_sandbox(pod):
            continue
        events = events_about(ctx, pod, "FailedMount", "FailedAttachVolume", "FailedMapVolume", within_s=RECENT_S)
        # The kubelet's cache, which fills after the start of a pod, delays the first mount of many healthy pods.
        permanent = [each for each in events if TRANSIENT not in each.message]
        if permanent:
            yield _finding(ctx, pod, permanent[-1])


def waits_for_sandbox(pod: Pod) -> bool:
    """Whether the pod has a node and none of its containers has been started yet."""
    statuses = pod.status.all_container_statuses
    return bool(pod.spec.node_name) and all(
        each.state.running is None and each.state.terminated is None and not each.restart_count for each in statuses
    )


def _finding(ctx: Context, pod: Pod, event: Event) -> Finding:
    if absent := _HOST_PATH.search(event.message):
        return _absent(ctx, pod, event, absent["path"], absent["kind"])
    reason = one_line(event.message.replace("MountVolume.SetUp failed for volume", "volume"))
    status = f"Init:0/{len(pod.spec.init_containers)}" if pod.spec.init_containers else "ContainerCreating"
    return NOT_MOUNTED.finding(
        f"Pod {pod.name} is in {status}, because a mount fails: {truncate(reason, 90)}.",
        Step("Find out which volume it is, and its source.", describe_pod(ctx, pod.name)),
        pods=(pod.name,),
        evidence=(event_evidence(ctx, pod, event),),
    )


def _absent(ctx: Context, pod: Pod, event: Event, path: str, kind: str) -> Finding:
    node, folder = pod.spec.node_name, path.rpartition("/")[0]
    return HOST_PATH.finding(
        f"Node {node} has no {kind} {path}, which pod {pod.name} mounts from it (hostPath), so it does not start.",
        Step("Correct the path or the type of the volume, or take it out.", ctx.owner.edit(), changes=ctx.deployment),
        Step("Show what the node has there.", kubectl.debug_node(node, "ls", "-la", folder or "/")),
        subjects=(f"node/{node}", f"volume/{path}"),
        pods=(pod.name,),
        evidence=(event_evidence(ctx, pod, event),),
    )


VOLUMES_MOUNTED = Check(
    id="workload.volumes-mounted",
    title="The volumes are mounted",
    stage=stages.VOLUMES,
    run=run,
    codes=(NOT_MOUNTED, HOST_PATH),
    reads=optional(EVENTS),
)
