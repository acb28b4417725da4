"""Do the pods have what their template has? An admission webhook, or a person, may have given them something else.

Injected containers and variables are usual. What a container has in place of its template's value counts where just
that container fails.
"""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError, grouped
from diagnose.check.reads import EVENTS, OWNER
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.delivery.differences import Difference, differences, plain
from diagnose.domain.kubernetes.images import event_of
from diagnose.domain.kubernetes.pods import CREATE_REASONS, PULL_REASONS, event_evidence, replica_sets_of
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.resources import REVISION_HASH, ContainerStatus, Namespace, Pod, PodTemplate, WebhookConfiguration
from diagnose.resources.meshes import PROXIES
from diagnose.resources.selectors import selects
from diagnose.text import times
from diagnose.text.sentences import fit, listed, truncate

ALTERED = Code(
    id="workload.pod-altered",
    meaning="A container fails by what its pod has and its template has not, such as another image: an admission "
    "webhook changed the pod when it was made, or a person did since.",
    fix="Correct what changes the pods, then delete those that were changed.",
)
PAIR = Contradiction(
    fact="the template has one value",
    opposed="the pod that was made from it has another one, by which its container fails",
    proves="something between the template and the pod changed it",
    otherwise=(
        Alternative(
            "The container may fail with the template's own value, too: compare it with a pod that has that.",
            "workload.crash-looping",
        ),
    ),
)
CONTROLLERS = {"kube-controller-manager", "kubelet", "kube-scheduler"}
INJECTORS = ("vault.hashicorp.com", "istio.io", "linkerd.io")
FIELDS = {"image", "command", "args", "env"}
BY_REGISTRY = "auto"
"""The image that a mesh's injector replaces by its own."""


class _Altered(msgspec.Struct, frozen=True, kw_only=True):
    """A failing container with a field that its template has otherwise."""

    pod: Pod
    status: ContainerStatus
    field: Difference

    @property
    def kind(self) -> str:
        return self.field.variable or str(self.field.field[0])


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the containers that fail by what their pods have in place of what their templates have."""
    failing = [(pod, each) for pod in ctx.target.pods if not pod.ready for each in _failing(pod)]
    if not failing:
        raise NotApplicableError("no container fails")
    found = [altered for pod, status in failing for altered in _altered(ctx, pod, status)]
    for hits in grouped(((each.status.name, each.kind, str(each.field.after)), each) for each in found).values():
        yield _finding(ctx, hits)


def _failing(pod: Pod) -> Iterator[ContainerStatus]:
    """Yields the containers that cannot start, or end."""
    for status in pod.status.all_container_statuses:
        waiting, end = status.state.waiting, status.last_end
        if (waiting and waiting.reason in {*PULL_REASONS, *CREATE_REASONS}) or (end and end.exit_code):
            yield status


def _altered(ctx: Context, pod: Pod, status: ContainerStatus) -> Iterator[_Altered]:
    """Yields the fields of a container that can be why it fails: of a failed pull the image alone."""
    template = _template_of(ctx, pod)
    declared = template.spec.container(status.name) if template else None
    has = pod.spec.container(status.name)
    if template is None or all(getattr(declared, name, None) == getattr(has, name, None) for name in FIELDS):
        return
    pulls = status.state.waiting is not None and status.state.waiting.reason in PULL_REASONS
    for each in differences(template, pod.template):
        own = each.container == status.name and status.name not in PROXIES and each.field[0] in FIELDS
        if own and each.before is not None and each.before != BY_REGISTRY and (each.field[0] == "image" or not pulls):
            yield _Altered(pod=pod, status=status, field=each)


def _template_of(ctx: Context, pod: Pod) -> PodTemplate | None:
    """Returns the template that a pod was made from, None where that is not sure."""
    owners = {(each.kind, each.name) for each in pod.metadata.owner_references}
    if any(kind == "ReplicaSet" for kind, _ in owners):
        sets = ctx.detail(lambda: replica_sets_of(ctx)) or ()
        return next((each.spec.template for each in sets if ("ReplicaSet", each.name) in owners), None)
    if ctx.target.job and ("Job", ctx.target.job.name) in owners:
        return ctx.target.job.template
    stateful = ctx.target.stateful_set
    if stateful and pod.metadata.labels.get(REVISION_HASH) == stateful.status.update_revision:
        return stateful.template
    return None


def _finding(ctx: Context, hits: list[_Altered]) -> Finding:
    first = hits[0]
    pod, name, field = first.pod, first.status.name, first.field
    names = tuple(dict.fromkeys(each.pod.name for each in hits))
    by_hand, webhooks = _by_hand(pod), _webhooks(ctx)
    who = by_hand or (f"Webhook {webhooks[0]}" if len(webhooks) == 1 else "An admission webhook")
    before = plain(field.before) or "empty"
    after = "nothing" if field.after is None else plain(field.after) or "empty"
    owner = f"{ctx.owner.resource} {ctx.target.name}"
    seen = ctx.record_evidence(f"template of {owner}", f"container {name}, {first.kind}: {before}")
    text = f"container {name}, {first.kind}: {after}"
    show = kubectl.get("pod", pod.name, namespace=ctx.target.namespace, output="yaml")
    has = ctx.record_evidence(f"pod {pod.name}", text, command=show)
    return PAIR.finding(
        ALTERED,
        fit(f"{who} gave container {name} the {first.kind} {truncate(after, 70)}", f"its template has {before}"),
        *_fix(ctx, names, by_hand, webhooks),
        Step("Compare the pod with its template.", show),
        subjects=(
            *(f"mutatingwebhookconfiguration/{each}" for each in webhooks[:3]),
            *(f"pod/{each}" for each in names),
        ),
        pods=names,
        fact=(seen,),
        opposed=(has, *_failure(ctx, first), *_observed(ctx, by_hand, webhooks)),
        is_proven=first.kind == "image" and _works_unaltered(ctx, first),
    )


def _works_unaltered(ctx: Context, altered: _Altered) -> bool:
    """Whether a pod works with the value of the template."""
    return any(pod.spec.image(altered.status.name) == altered.field.before for pod in ctx.target.ready_pods)


def _failure(ctx: Context, altered: _Altered) -> tuple[Evidence, ...]:
    event = event_of(ctx, altered.pod, altered.pod.spec.image(altered.status.name))
    return (event_evidence(ctx, altered.pod, event),) if event else ()


def _by_hand(pod: Pod) -> str:
    """Returns which tool changed the pod itself after it was made, "" for none."""
    made = pod.metadata.creation_timestamp
    for each in pod.metadata.managed_fields:
        if each.time and made and each.time > made and each.manager not in CONTROLLERS and not each.subresource:
            return f"{each.manager}, at {times.to_text(each.time)},"
    return ""


def _webhooks(ctx: Context) -> tuple[str, ...]:
    """Returns the configurations with a webhook that changes such pods, without those that inject alone."""
    labels, found = ctx.target.template.metadata.labels, []
    for configuration in ctx.detail(lambda: ctx.list(WebhookConfiguration)) or ():
        for each in configuration.webhooks:
            injects = each.name.endswith(INJECTORS)
            chosen = selects(each.object_selector, labels) and selects(each.namespace_selector, _namespace_labels(ctx))
            if chosen and each.changes_pods and not injects:
                found.append(configuration.name)
    return tuple(dict.fromkeys(found))


def _namespace_labels(ctx: Context) -> dict[str, str]:
    namespace = ctx.target.namespace
    own = next((each for each in ctx.detail(lambda: ctx.list(Namespace)) or () if each.name == namespace), None)
    return {"kubernetes.io/metadata.name": namespace, **(own.metadata.labels if own else {})}


def _observed(ctx: Context, by_hand: str, webhooks: tuple[str, ...]) -> tuple[Evidence, ...]:
    if by_hand or not webhooks:
        return ()
    show = kubectl.get("mutatingwebhookconfigurations")
    return (
        ctx.record_evidence("mutatingwebhookconfigurations", f"select such pods: {listed(webhooks)}", command=show),
    )


def _fix(ctx: Context, pods: tuple[str, ...], by_hand: str, webhooks: tuple[str, ...]) -> tuple[Step, ...]:
    delete = kubectl.delete("pod", *pods, namespace=ctx.target.namespace)
    where = f"pod {ctx.target.namespace}/{pods[0]}"
    if by_hand:
        return (Step("Delete the pods, so that new ones are made from the template.", delete, changes=where),)
    if len(webhooks) != 1:
        show: Command = kubectl.get("mutatingwebhookconfigurations", output="yaml")
        return (Step("Find the webhook that changes pods so, and correct it; then delete the pods.", show),)
    remove = kubectl.delete("mutatingwebhookconfiguration", webhooks[0])
    return (
        Step(
            f"Correct what {webhooks[0]} sets; or take it away, for all pods that it selects, and delete these.",
            remove.then(delete),
            changes=f"mutatingwebhookconfiguration {webhooks[0]}",
        ),
    )


PODS_UNALTERED = Check(
    id="workload.pods-unaltered",
    title="No container fails by a value that its pod has and its template has not",
    stage=stages.ALTERED,
    run=run,
    codes=(ALTERED,),
    reads=optional(EVENTS, OWNER, lists(Scope.CLUSTER, WebhookConfiguration, Namespace)),
    contradiction=PAIR,
)
