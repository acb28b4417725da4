"""Are the volumes mounted? Until they are, no container of the pod starts, so that no log exists."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import event_seen, events_about, subjects
from diagnose.model.report import Finding, Step
from diagnose.resources import Event, Pod
from diagnose.text.sentences import truncate

NOT_MOUNTED = Code(
    id="workload.volume-not-mounted",
    meaning="A volume of the pod cannot be mounted or attached, mostly because what it is made from does not exist or "
    "is in use elsewhere. The kubelet keeps trying.",
    fix="Create or free what the volume is made from.",
    transient=True,
)
# The kubelet tries again after two minutes at most.
LATELY_S = 300.0
PASSING = "failed to sync"


def run(ctx: Context) -> Iterator[Finding]:
    """Failed mounts of pods none of whose containers has started so far."""
    for pod in ctx.target.pods:
        if not waits_for_sandbox(pod):
            continue
        events = events_about(ctx, pod, "FailedMount", "FailedAttachVolume", "FailedMapVolume", within_s=LATELY_S)
        # A cache that is not filled yet delays the first mount of many a healthy pod.
        lasting = [each for each in events if PASSING not in each.message]
        if lasting:
            yield _finding(ctx, pod, lasting[-1])


def waits_for_sandbox(pod: Pod) -> bool:
    """Whether the pod has a node and none of its containers has been started yet."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return bool(pod.spec.node_name) and all(
        each.state.running is None and each.state.terminated is None and not each.restart_count for each in statuses
    )


def _finding(ctx: Context, pod: Pod, event: Event) -> Finding:
    reason = " ".join(event.message.replace("MountVolume.SetUp failed for volume", "volume").split())
    return NOT_MOUNTED.finding(
        f"Pod {pod.name} cannot start, because a mount fails: {truncate(reason, 90)}.",
        pods=(pod.name,),
        subjects=subjects((pod.name,)),
        evidence=(event_seen(ctx, pod, event),),
        steps=(
            Step(
                text="Read which volume it is and what it is made from.",
                command=kubectl.describe("pod", pod.name, namespace=ctx.target.namespace),
            ),
        ),
    )


VOLUMES_MOUNTED = Check(
    id="workload.volumes-mounted",
    title="The volumes are mounted",
    stage=stages.VOLUMES,
    run=run,
    codes=(NOT_MOUNTED,),
    reads=optional(EVENTS),
)
