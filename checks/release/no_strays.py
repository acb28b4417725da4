"""Do only the Deployment's own pods run the worker? Nothing upgrades, scales or rolls back other ones.

They poll the same queues with the configuration of their creation.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import controller_of, subjects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Deployment, Pod, ReplicaSet, image_reference

STRAY = Code(
    id="release.stray-pods",
    meaning="Pods that belong to no Deployment run the worker: a manual copy, or orphans of a deletion without its "
    "dependents. They take a part of the work, with the image and settings of their creation.",
    fix="Delete them, or the ReplicaSet that owns them.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports running pods with the worker's image without an owner, or whose ReplicaSet has none."""
    controller_of(ctx)
    ownerless = {each.name for each in ctx.list(ReplicaSet, ctx.target.namespace) if not each.metadata.owner_references}
    own = {pod.name for pod in ctx.target.pods}
    found: dict[str, list[Pod]] = {}
    for pod in ctx.list(Pod, ctx.target.namespace):
        if pod.name in own or pod.status.phase != "Running" or pod.metadata.deletion_timestamp or not _works(ctx, pod):
            continue
        owners = [owner.name for owner in pod.metadata.owner_references]
        if not owners or set(owners) <= ownerless:
            found.setdefault(owners[0] if owners else "", []).append(pod)
    for owner, pods in found.items():
        yield _finding(ctx, owner, pods)


def _works(ctx: Context, pod: Pod) -> bool:
    """Whether a pod runs the worker's program: by its image, of whatever tag."""
    images = (image_reference.parse(each.image) for each in (ctx.target.container, *pod.spec.containers))
    own, *others = ((image.registry, image.repository) for image in images)
    return own in others


def _finding(ctx: Context, owner: str, pods: list[Pod]) -> Finding:
    namespace, names = ctx.target.namespace, tuple(pod.name for pod in pods)
    who = f"Pod {names[0]} belongs" if len(names) == 1 else f"{len(names)} pods ({names[0]}, …) belong"
    left = f" but to ReplicaSet {owner}, which has no owner" if owner else ""
    kind, left_over = ("replicaset", (owner,)) if owner else ("pod", names)
    return STRAY.finding(
        f"{who} to no {ctx.owner.kind}{left}, and run{'s' if len(names) == 1 else ''} the "
        f"{ctx.target.profile.noun} next to {ctx.target.name}.",
        Step("Find out what created it.", kubectl.get("pod", names[0], namespace=namespace, output="yaml")),
        Step(
            "Delete it.", kubectl.delete(kind, *left_over, namespace=namespace), changes=f"{kind} {' '.join(left_over)}"
        ),
        subjects=subjects(names),
        evidence=(
            ctx.record_evidence(
                f"pod {names[0]}", f"image {pods[0].spec.containers[0].image}, owner {owner or 'none'}"
            ),
        ),
    )


NO_STRAYS = Check(
    id="release.no-strays",
    title="Only the Deployment's own pods run the worker",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(STRAY,),
    reads=lists(Scope.OWN, Deployment, ReplicaSet, Pod),
)
