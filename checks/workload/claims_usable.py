"""Can all pods use their PersistentVolumeClaims? A lost volume, or one that only one node can have, stops new pods."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS
from diagnose.check.rights import Necessity, Scope, lists, needed, optional
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.pods import event_evidence, events_about, is_starting
from diagnose.model.report import Finding, Step
from diagnose.resources import Claim, Pod

LOST = Code(
    id="workload.claim-lost",
    meaning="The volume of a PersistentVolumeClaim was deleted (phase Lost), and with it the data; pods that start "
    "cannot mount it.",
    fix="Restore the volume from a backup, or recreate the claim and accept an empty one.",
)
ONE_NODE = Code(
    id="workload.claim-of-one-node",
    meaning="Pods on several nodes use a volume that only one node at a time can attach (ReadWriteOnce), so all but "
    "those of one node wait in ContainerCreating.",
    fix="Run the pods on one node, use a volume for each pod (a StatefulSet), or a class with ReadWriteMany.",
)
CREATING = {"ContainerCreating", "PodInitializing"}
RECENT_S = 300.0
OTHERWISE = "Another volume or the network keeps the pod from starting: read its events."
_SHARED = {"ReadWriteMany", "ReadOnlyMany"}


def run(ctx: Context) -> Iterator[Finding]:
    """Reports claims that are lost, and those of one node that pods on several nodes use."""
    users: dict[str, list[Pod]] = {}
    for pod in ctx.target.pods:
        for volume in pod.spec.volumes:
            if volume.persistent_volume_claim:
                users.setdefault(volume.persistent_volume_claim.claim_name, []).append(pod)
    if not users:
        raise NotApplicableError("no pod uses a PersistentVolumeClaim")
    for claim in ctx.list(Claim, ctx.target.namespace):
        pods = users.get(claim.name, [])
        if pods and claim.status.phase == "Lost":
            yield _lost(ctx, claim, pods)
        elif pods and claim.spec.access_modes and not _SHARED.intersection(claim.spec.access_modes):
            yield from _on_nodes(ctx, claim, pods)


def _on_nodes(ctx: Context, claim: Claim, pods: list[Pod]) -> Iterator[Finding]:
    holders = [pod for pod in pods if _has_started(pod)]
    used_on = {pod.spec.node_name for pod in holders}
    if len(used_on) != 1:
        # On several nodes it is a volume of which the access mode is not enforced, such as one of NFS.
        return
    waiting = [pod for pod in pods if _is_being_created(pod) and pod.spec.node_name not in used_on]
    refused = {pod.name: events_about(ctx, pod, "FailedAttachVolume", within_s=RECENT_S) for pod in waiting}
    apart = [pod for pod in waiting if refused[pod.name] or not is_starting(ctx, pod)]
    if not apart:
        return
    names, other = tuple(pod.name for pod in apart), holders[0]
    reported = [event_evidence(ctx, pod, refused[pod.name][-1]) for pod in apart if refused[pod.name]]
    seen = ctx.record_evidence(
        f"persistentvolumeclaim {claim.name}",
        f"{', '.join(claim.spec.access_modes)}; used by {other.name} on {other.spec.node_name} and {apart[0].name} on "
        f"{apart[0].spec.node_name}",
        command=_show(ctx, claim),
    )
    alone = Step("Run one pod.", ctx.owner.scale(1), changes=ctx.deployment)
    yield ONE_NODE.finding(
        f"Claim {claim.name} (ReadWriteOnce) is in use on node {other.spec.node_name}, so {apart[0].name} on "
        f"{apart[0].spec.node_name} cannot start.",
        *((alone,) if ctx.target.owner.kind == "Deployment" and len(pods) > 1 else ()),
        Step("Compare the nodes of the pods.", kubectl.get("pods", namespace=ctx.target.namespace, output="wide")),
        subjects=(f"persistentvolumeclaim/{claim.name}", *(f"pod/{name}" for name in names)),
        pods=names,
        evidence=(seen, *reported[:1]),
        alternatives=() if reported else (OTHERWISE,),
    )


def _is_being_created(pod: Pod) -> bool:
    """Whether a pod has a node, and its first container waits for volumes and network; not for an image, say."""
    states = [each.state for each in pod.status.all_container_statuses]
    return bool(pod.spec.node_name) and all(each.waiting and each.waiting.reason in CREATING for each in states)


def _has_started(pod: Pod) -> bool:
    return any(each.state.running or each.last_end for each in pod.status.all_container_statuses)


def _lost(ctx: Context, claim: Claim, pods: list[Pod]) -> Finding:
    seen = ctx.record_evidence(f"persistentvolumeclaim {claim.name}", "phase Lost", command=_show(ctx, claim))
    names = tuple(pod.name for pod in pods)
    volume = f"PersistentVolume {claim.spec.volume_name}" if claim.spec.volume_name else "PersistentVolume"
    return LOST.finding(
        f"Claim {claim.name} is Lost: its {volume} does not exist any more.",
        Step("Read which volume it had.", _show(ctx, claim)),
        Step("List the volumes.", kubectl.get("persistentvolumes")),
        subjects=(f"persistentvolumeclaim/{claim.name}", *(f"pod/{name}" for name in names)),
        pods=names,
        evidence=(seen,),
    )


def _show(ctx: Context, claim: Claim) -> Command:
    return kubectl.describe("persistentvolumeclaim", claim.name, namespace=ctx.target.namespace)


CLAIMS_USABLE = Check(
    id="workload.claims-usable",
    title="All pods can use their volume claims",
    stage=stages.REFERENCES,
    run=run,
    codes=(LOST, ONE_NODE),
    reads=(*needed(Necessity.CONDITIONAL, lists(Scope.OWN, Claim)), *optional(EVENTS)),
)
