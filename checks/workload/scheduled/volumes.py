"""Why a pod's volumes keep it from all nodes: not bound, in use by another pod, or out of reach of every node."""

import re
from collections.abc import Iterator

from diagnose.check.api import Code, Context, Missing
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.node_fit import holds
from diagnose.model.report import Evidence, Step
from diagnose.resources import Claim, Node, NodeTerm, PersistentVolume, Pod, StorageClass
from diagnose.text.patterns import lazy
from diagnose.text.sentences import listed

UNBOUND = Code(
    id="workload.volume-unbound",
    meaning="The pod needs a volume that does not exist or is not bound.",
    fix="Fix the PersistentVolumeClaim.",
    transient=True,
)
ELSEWHERE = Code(
    id="workload.volume-elsewhere",
    meaning="The volume of a PersistentVolumeClaim can only be reached from nodes with certain labels, such as those "
    "of one zone, and there is no such node, or none that accepts the pod.",
    fix="Add a node there, or restore the data to a volume where there are nodes.",
)
IN_USE = Code(
    id="workload.volume-in-use",
    meaning="One pod at a time may use the volume (ReadWriteOncePod), and another one does. A rolling update starts "
    "the new pod before the old one ends, so it never comes to an end.",
    fix="End the other pod first: by the strategy Recreate, or by one claim for each pod.",
)
ONE_POD = "ReadWriteOncePod"
_ENDED = {"Succeeded", "Failed"}
_AWAY = lazy("affinity|volume zone")

Reason = tuple[Code, str, Step]


def describe(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:
    """Returns a reason of the scheduler that is about volumes: code, description that follows the nodes, and step."""
    claims = claims_of(ctx, pod)
    step = Step(
        "Find out why it is not bound.", kubectl.describe("persistentvolumeclaims", namespace=ctx.target.namespace)
    )
    if deleted := next((each for each in claims if each.metadata.deletion_timestamp), None):
        return UNBOUND, f"cannot provide claim {deleted.name}, which is being deleted", _uses_of(ctx, deleted)
    if "in-use" in found.string and (taken := _in_use(ctx, pod, claims)):
        return taken
    if _AWAY.search(found.string) and (away := _elsewhere(ctx, claims)):
        return away
    unbound = [each for each in claims if each.status.phase != "Bound"]
    classes = ctx.detail(lambda: ctx.list(StorageClass)) if unbound else ()
    for claim in unbound:
        name = claim.spec.storage_class_name
        absent = not isinstance(classes, Missing) and name not in {each.name for each in classes}
        why = f"as its StorageClass {name} does not exist" if name and absent else "which is not bound"
        return UNBOUND, f"cannot provide claim {claim.name}, {why}", step
    code = IN_USE if "in-use" in found.string else ELSEWHERE if _AWAY.search(found.string) else UNBOUND
    which = f" of claim {claims[0].name}" if len(claims) == 1 else ""
    return code, f"cannot provide its volume{which} ({found[0]})", step


def unbound_evidence(ctx: Context, pod: Pod) -> Iterator[Evidence]:
    """Yields the claims of a pod that are not bound, with their class and those that the cluster has."""
    for claim in claims_of(ctx, pod):
        if claim.status.phase == "Bound":
            continue
        name, namespace = claim.spec.storage_class_name, ctx.target.namespace
        classes = ctx.detail(lambda: ctx.list(StorageClass))
        there = listed([each.name for each in classes]) if classes else "none"
        known = "" if isinstance(classes, Missing) else f"; the cluster has: {there}"
        yield ctx.record_evidence(
            f"PersistentVolumeClaim {claim.name}",
            f"{claim.status.phase or 'Pending'}, {f'StorageClass {name}' if name else 'no StorageClass'}{known}",
            command=kubectl.get("persistentvolumeclaim", claim.name, namespace=namespace),
        )


def claims_of(ctx: Context, pod: Pod) -> list[Claim]:
    """Returns the claims that a pod uses."""
    names = {each.persistent_volume_claim.claim_name for each in pod.spec.volumes if each.persistent_volume_claim}
    listed_claims = ctx.detail(lambda: ctx.list(Claim, ctx.target.namespace)) or ()
    return [each for each in listed_claims if each.name in names]


def _uses_of(ctx: Context, claim: Claim) -> Step:
    """Returns the step that ends the deletion of a claim, which lasts until no pod uses it."""
    show = kubectl.describe("persistentvolumeclaim", claim.name, namespace=ctx.target.namespace)
    return Step("End the pods that still use it (Used By); then create the claim again.", show)


def _in_use(ctx: Context, pod: Pod, claims: list[Claim]) -> Reason | None:
    """Returns the claim of one pod, with the pod that uses it."""
    for claim in claims:
        others = (each for each in ctx.list(Pod, ctx.target.namespace) if each.name != pod.name)
        user = next((each for each in others if _uses(each, claim.name)), None)
        if ONE_POD not in claim.spec.access_modes or user is None:
            continue
        text = f"cannot provide claim {claim.name}, which pod {user.name} alone may use ({ONE_POD})"
        return IN_USE, text, _end_other(ctx, user)
    return None


def _uses(pod: Pod, claim: str) -> bool:
    volumes = (each.persistent_volume_claim for each in pod.spec.volumes)
    return pod.status.phase not in _ENDED and any(each and each.claim_name == claim for each in volumes)


def _end_other(ctx: Context, user: Pod) -> Step:
    own = {pod.name for pod in ctx.target.pods}
    if ctx.target.owner.kind == "Deployment" and user.name in own and (ctx.target.replicas or 0) <= 1:
        change = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
        return Step("End the old pod before the new one starts.", ctx.owner.patch(change), changes=ctx.deployment)
    if ctx.target.owner.kind == "Deployment" and user.name in own:
        return Step("Run one pod, as only one can have the volume.", ctx.owner.scale(1), changes=ctx.deployment)
    show = kubectl.describe("pod", user.name, namespace=ctx.target.namespace)
    return Step("See whether the other pod still needs it.", show)


def _elsewhere(ctx: Context, claims: list[Claim]) -> Reason | None:
    """Returns the claim whose volume no node reaches, with what its nodes must have."""
    volumes = {each.name: each for each in ctx.detail(lambda: ctx.list(PersistentVolume)) or ()}
    nodes = ctx.detail(lambda: ctx.list(Node)) or ()
    for claim in claims:
        terms = terms_of(volumes.get(claim.spec.volume_name))
        if not terms:
            continue
        where = " or ".join(", ".join(_plain(term)) for term in terms)
        near = [node.name for node in nodes if any(holds(term, node) for term in terms)]
        ctx.record_evidence(
            f"persistentvolume {claim.spec.volume_name}",
            f"node affinity {where}; {'it is that of ' + listed(near, 3) if near else 'no node has that'}",
        )
        text = f"cannot reach the volume of claim {claim.name}: it is for {where}"
        step = Step(
            f"Add a node with {where}; or restore the data to a new claim, whose volume comes to where the pod runs.",
            kubectl.get("persistentvolume", claim.spec.volume_name, output="yaml"),
        )
        return ELSEWHERE, text, step
    return None


def terms_of(volume: PersistentVolume | None) -> tuple[NodeTerm, ...]:
    """Returns the terms of which a node must fulfil one, none where every node reaches the volume."""
    affinity = volume.spec.node_affinity if volume else None
    return affinity.required.node_selector_terms if affinity and affinity.required else ()


def _plain(term: NodeTerm) -> Iterator[str]:
    for rule in (*term.match_expressions, *term.match_fields):
        sign = "=" if rule.operator == "In" else f" {rule.operator} "
        yield f"{rule.key}{sign}{'|'.join(rule.values)}"
