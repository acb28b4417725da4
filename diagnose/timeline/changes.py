"""Changes to objects, with their time and the tool that made them, from creation times and `managedFields`.

The API server keeps only the last change of each tool to an object
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management), and nothing of deleted objects.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from diagnose.domain.delivery.differences import OTHER, Difference, differences
from diagnose.domain.delivery.template_change import last_use
from diagnose.model.timeline import MomentKind, Nature
from diagnose.resources import (
    Autoscaler,
    ClusterRoleBinding,
    ConfigMap,
    Deployment,
    DisruptionBudget,
    FieldManager,
    NetworkPolicy,
    Node,
    Object,
    ReplicaSet,
    ResourceQuota,
    RoleBinding,
    SecretName,
    ServiceAccount,
    StatefulSet,
    WebhookConfiguration,
    image_reference,
)
from diagnose.resources.metadata import RESTARTED
from diagnose.resources.selectors import selects
from diagnose.target.pod_template import CONTROLLERS
from diagnose.target.target import REVISION, Target
from diagnose.text.sentences import listed
from diagnose.timeline.moments import LinkedMoment, moment
from diagnose.timeline.observations import Observations
from diagnose.timeline.scope import TimelineScope, revision_numbers, sets_of
from diagnose.timeline.selection import CREATION

# Controllers of the cluster and the injector, which write to objects without a user's request.
_AUTOMATIC = CONTROLLERS | {"kubelet", "kube-scheduler", "kube-apiserver", "vault-injector", "vault-k8s"}
_KINDS = {
    "Autoscaler": "HorizontalPodAutoscaler",
    "DisruptionBudget": "PodDisruptionBudget",
    "WebhookConfiguration": "MutatingWebhookConfiguration",
}
_TOGETHER = timedelta(seconds=3)
_MAX_PARTS, _MAX_FIELDS = 4, 3


def changes(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[LinkedMoment]:
    """Yields all changes to the objects in scope."""
    for workload in scope.workloads:
        yield from _of_workload(observed, scope, target, workload)
    for thing in _configuration(observed, scope, target):
        yield from _of_object(scope, thing)
    yield from _of_secrets(observed, scope)


def _of_workload(
    observed: Observations, scope: TimelineScope, target: Target, workload: Deployment | StatefulSet
) -> Iterator[LinkedMoment]:
    made: list[datetime] = []
    if isinstance(workload, Deployment):
        is_target = workload is target.deployment
        sets = target.replica_sets if is_target else sets_of(observed, workload)
        names = [each.name for each in workload.spec.template.spec.containers]
        container = target.container.name if is_target else next(iter(names), "")
        again = _used_again(scope, workload, tuple(sets), container)
        for rollout, at in (*_rollouts(scope, workload, sets, container), *again):
            made.append(at)
            yield rollout
    yield from _scaled_to_zero(scope, workload)
    for each in _managers(workload):
        # The new ReplicaSet of the same change already reports it in more detail.
        if each.time and not each.subresource and any(_together(each.time, at) for at in made):
            continue
        yield from _managed_change(scope, workload, each)


def _scaled_to_zero(scope: TimelineScope, workload: Deployment | StatefulSet) -> Iterator[LinkedMoment]:
    """Yields a scale-down to 0 at the last status update, because the scaling itself often has no time."""
    at = max(
        (each.time for each in workload.metadata.managed_fields if each.time and each.subresource == "status"),
        default=None,
    )
    if at and not workload.spec.replicas and not workload.status.replicas:
        kind, namespace = _kind(workload), workload.metadata.namespace
        summary = f"{kind} {workload.name} was scaled to 0."
        subject = scope.named(kind, workload.name, namespace)
        yield moment(at, Nature.CHANGE, MomentKind.SCALING, subject, summary, "managedFields of its status")


def _together(changed: datetime, made: datetime) -> bool:
    return -_TOGETHER <= made - changed <= _TOGETHER


def _rollouts(
    scope: TimelineScope, deployment: Deployment, sets: Iterable[ReplicaSet], container: str
) -> Iterator[tuple[LinkedMoment, datetime]]:
    """Yields each new ReplicaSet, with its differences from the previous one."""
    listed = tuple(sets)
    for each in listed:
        at = each.metadata.creation_timestamp
        if at is None:
            continue
        who = next((f" by {one.manager}" for one in _managers(deployment) if one.time and _together(one.time, at)), "")
        number = min(revision_numbers(each), default=0)
        what = _differences(_previous_set(number, listed), each, container)
        summary = f"Revision {number or each.name} of {deployment.name} was made{who}{what}."
        subject = scope.named("Deployment", deployment.name, deployment.metadata.namespace)
        source = f"ReplicaSet {each.name}, creation time"
        yield moment(at, Nature.CHANGE, MomentKind.ROLLOUT, subject, summary, source), at


def _used_again(
    scope: TimelineScope, deployment: Deployment, sets: tuple[ReplicaSet, ...], container: str
) -> Iterator[tuple[LinkedMoment, datetime]]:
    """Yields the last use of a ReplicaSet that was current before, with its differences from the previous one."""
    name = deployment.name
    for each in sets:
        numbers = revision_numbers(each)
        is_current = deployment.metadata.annotations.get(REVISION) == each.metadata.annotations.get(REVISION)
        at, by = last_use(deployment, each)
        if is_current and len(numbers) > 1 and at and at != each.metadata.creation_timestamp:
            who = f" was made by {by}" if by else " was made"
            what = _differences(_previous_set(max(numbers), sets), each, container)
            summary = f"Revision {max(numbers)} of {name} ({min(numbers)} again){who}{what}."
            subject = scope.named("Deployment", name, deployment.metadata.namespace)
            source = f"ReplicaSet {each.name}, managedFields of its Deployment"
            yield moment(at, Nature.CHANGE, MomentKind.ROLLOUT, subject, summary, source), at


def _previous_set(number: int, sets: tuple[ReplicaSet, ...]) -> ReplicaSet | None:
    """Returns the ReplicaSet that was current before a revision; after a rollback that may be an older one."""
    older = [(each, one.name, one) for one in sets for each in revision_numbers(one) if each < number]
    return max(older, key=lambda each: each[:2], default=(0, "", None))[2]


def _differences(before: ReplicaSet | None, now: ReplicaSet, container: str) -> str:
    image = now.spec.template.spec.image(container)
    if before is None:
        return f" with image {image}" if image else ""
    was = before.spec.template.spec.image(container)
    found = differences(before.spec.template, now.spec.template)
    parts = sorted({_part(each, container) for each in found} - {"image"})
    changed = [f"image {image} instead of {_short_image(was, image)}"] if image != was else []
    changed += parts[:_MAX_PARTS]
    if len(parts) > _MAX_PARTS:
        changed.append(f"{len(parts) - _MAX_PARTS} more")
    if changed:
        return f"; it changes {', '.join(changed)}"
    stamps = {each.spec.template.metadata.annotations.get(RESTARTED, "") for each in (before, now)}
    return "; it is a restart" if len(stamps) > 1 else "; it changes nothing that is read here"


def _part(each: Difference, container: str) -> str:
    """Returns the name of a changed part, that of the field where no check is about it."""
    part = each.part(container)
    return each.label(container) if part == OTHER else part


def _short_image(image: str, other: str) -> str:
    """Returns the tag of an image where the other one is of the same repository, else the whole reference."""
    found = image_reference.parse(image)
    version = found.digest or found.tag
    return version if version and found.name == image_reference.parse(other).name else image


def _managers(thing: Object) -> tuple[FieldManager, ...]:
    """Returns the tools that changed an object's desired state; writers of its status are no change."""
    return tuple(each for each in thing.metadata.managed_fields if each.time and each.subresource != "status")


def _of_object(scope: TimelineScope, thing: Object) -> Iterator[LinkedMoment]:
    """Yields the creation of an object and its later changes."""
    made = thing.metadata.creation_timestamp
    managers = _managers(thing)
    creator = next((each.manager for each in managers if made and each.time == made), "")
    if made and not isinstance(thing, Node):
        by = f" by {creator}" if creator else ""
        kind = _kind(thing)
        subject = scope.named(kind, thing.name, thing.metadata.namespace)
        nature = Nature.NOTE if creator in _AUTOMATIC else Nature.CHANGE
        summary = f"{kind} {thing.name} was made{by}."
        yield moment(made, nature, MomentKind.CONFIGURATION, subject, summary, CREATION)
    for each in managers:
        if each.time != made:
            yield from _managed_change(scope, thing, each)


def _managed_change(scope: TimelineScope, thing: Object, manager: FieldManager) -> Iterator[LinkedMoment]:
    if manager.time is None or (isinstance(thing, Node) and manager.manager in _AUTOMATIC):
        return
    kind = _kind(thing)
    scaled = manager.subresource == "scale"
    automatic = manager.manager in _AUTOMATIC and not scaled
    verb = "was scaled" if scaled else "was changed"
    yield moment(
        manager.time,
        Nature.NOTE if automatic else Nature.CHANGE,
        MomentKind.SCALING if scaled else MomentKind.CONFIGURATION,
        scope.named(kind, thing.name, thing.metadata.namespace),
        f"{kind} {thing.name} {verb} by {manager.manager or 'an unknown tool'}{_managed(manager)}.",
        f"managedFields of {kind} {thing.name}, the last change by this tool",
    )


def _managed(manager: FieldManager) -> str:
    """Returns the fields of a tool's changes; of many, the last change was to any of them, so none is named."""
    names = manager.fields_v1.names
    return f", which manages {listed(names)}" if names and len(names) <= _MAX_FIELDS else ""


def _kind(thing: Object) -> str:
    return _KINDS.get(type(thing).__name__, type(thing).__name__)


def _configuration(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[Object]:
    """Yields the objects other than the workload that decide how its pods run."""
    of_servers = (each.metadata.namespace for each in (*scope.services, *scope.others))
    namespaces = tuple(dict.fromkeys([target.namespace, *of_servers]))
    labels = [(pod.metadata.namespace, pod.metadata.labels) for pod in scope.pods]
    maps = scope.referred("ConfigMap")
    accounts = {(pod.metadata.namespace, pod.spec.service_account_name or "default") for pod in scope.pods}
    for namespace in namespaces:
        yield from (each for each in observed.of(ConfigMap, namespace) if (namespace, each.name) in maps)
        yield from (each for each in observed.of(ServiceAccount, namespace) if (namespace, each.name) in accounts)
        for policy in observed.of(NetworkPolicy, namespace):
            if any(
                pod_namespace == namespace and selects(policy.spec.pod_selector, pod_labels)
                for pod_namespace, pod_labels in labels
            ):
                yield policy
        for binding in observed.of(RoleBinding, namespace):
            if any((each.namespace or namespace, each.name) in accounts for each in binding.subjects or ()):
                yield binding
    yield from scope.services
    yield from (each for each in observed.of(Autoscaler, target.namespace) if _scales(each, target))
    for budget in observed.of(DisruptionBudget, target.namespace):
        if selects(budget.spec.selector, target.template.metadata.labels):
            yield budget
    yield from observed.of(ResourceQuota, target.namespace)
    for bound in observed.of(ClusterRoleBinding):
        if any((each.namespace, each.name) in accounts for each in bound.subjects or ()):
            yield bound
    if target.vault.requested:
        yield from (each for each in observed.of(WebhookConfiguration) if "vault" in each.name)
    yield from (each for each in observed.of(Node) if each.name in scope.nodes)


def _scales(autoscaler: Autoscaler, target: Target) -> bool:
    scaled = autoscaler.spec.scale_target_ref
    return target.deployment is not None and (scaled.kind, scaled.name) == ("Deployment", target.deployment.name)


def _of_secrets(observed: Observations, scope: TimelineScope) -> Iterator[LinkedMoment]:
    """Yields changes to the Secrets that pods refer to, where listing their metadata is permitted."""
    referenced = scope.referred("Secret")
    for secret in observed.all_of(SecretName):
        at, namespace = secret.changed_at, secret.metadata.namespace
        if at is None or (namespace, secret.name) not in referenced:
            continue
        who = next((each for each in secret.metadata.managed_fields if each.time == at), None)
        is_new = at == secret.metadata.creation_timestamp
        by = f" by {who.manager}{'' if is_new else _managed(who)}" if who and who.manager else ""
        summary = f"Secret {secret.name} {'was made' if is_new else 'was changed'}{by}."
        subject = scope.named("Secret", secret.name, namespace)
        yield moment(at, Nature.CHANGE, MomentKind.SECRET, subject, summary, "managedFields of its data")
