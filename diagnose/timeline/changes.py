"""What somebody changed, when and by which tool: by creation times and by `managedFields`.

Of one tool's changes to an object the API server keeps only the last
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management), and of what was deleted nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from diagnose.domain.delivery.rollback import changes as changed_parts
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
)
from diagnose.target.pod_template import CONTROLLERS, selects
from diagnose.target.target import Target
from diagnose.timeline.moments import Told, moment
from diagnose.timeline.observations import Seen
from diagnose.timeline.scope import Scope, revision_numbers, sets_of

# Parts of the cluster, and of the injector, that write to objects on their own account.
_AUTOMATIC = CONTROLLERS | {"kubelet", "kube-scheduler", "kube-apiserver", "vault-injector", "vault-k8s"}
_KINDS = {
    "Autoscaler": "HorizontalPodAutoscaler",
    "DisruptionBudget": "PodDisruptionBudget",
    "WebhookConfiguration": "MutatingWebhookConfiguration",
}
_TOGETHER = timedelta(seconds=3)
_PARTS_TOLD = 4
_RESTARTED = "kubectl.kubernetes.io/restartedAt"


def changes(seen: Seen, scope: Scope, target: Target) -> Iterator[Told]:
    """All changes of what matters."""
    for workload in scope.workloads:
        yield from _of_workload(seen, scope, target, workload)
    for thing in _configuration(seen, scope, target):
        yield from _of_object(scope, thing)
    yield from _of_secrets(seen, scope)


def _of_workload(seen: Seen, scope: Scope, target: Target, workload: Deployment | StatefulSet) -> Iterator[Told]:
    made: list[datetime] = []
    if isinstance(workload, Deployment):
        own = workload is target.deployment
        sets = target.replica_sets if own else sets_of(seen, workload)
        container = target.container.name if own else _first_container(workload)
        for told, at in _rollouts(scope, workload, sets, container):
            made.append(at)
            yield told
    yield from _emptied(scope, workload)
    for each in _managers(workload):
        # The new ReplicaSet of the same change has told it already, and better.
        if each.time and not each.subresource and any(_together(each.time, at) for at in made):
            continue
        yield from _by(scope, workload, each)


def _emptied(scope: Scope, workload: Deployment | StatefulSet) -> Iterator[Told]:
    """That it was scaled to nothing: of who scales, the API server often keeps no time, but of the end of it."""
    at = max(
        (each.time for each in workload.metadata.managed_fields if each.time and each.subresource == "status"),
        default=None,
    )
    if at and not workload.spec.replicas and not workload.status.replicas:
        kind, namespace = _kind(workload), workload.metadata.namespace
        summary = f"{kind} {workload.name} was scaled to 0; by then its last pod was gone."
        subject = scope.named(kind, workload.name, namespace)
        yield Told(moment(at, Nature.CHANGE, MomentKind.SCALING, subject, summary, "managedFields of its status"))


def _first_container(workload: Deployment) -> str:
    return next((each.name for each in workload.spec.template.spec.containers), "")


def _together(changed: datetime, made: datetime) -> bool:
    return -_TOGETHER <= made - changed <= _TOGETHER


def _rollouts(
    scope: Scope, deployment: Deployment, sets: Iterable[ReplicaSet], container: str
) -> Iterator[tuple[Told, datetime]]:
    """Each new ReplicaSet, with what is other in it than in the one before."""
    listed = tuple(sets)
    for each in listed:
        at = each.metadata.creation_timestamp
        if at is None:
            continue
        who = next((f" by {one.manager}" for one in _managers(deployment) if one.time and _together(one.time, at)), "")
        number = min(revision_numbers(each), default=0)
        what = _differs(_before(each, listed), each, container)
        summary = f"Revision {number or each.name} of {deployment.name} was made{who}{what}."
        subject = scope.named("Deployment", deployment.name, deployment.metadata.namespace)
        source = f"ReplicaSet {each.name}, creation time"
        yield Told(moment(at, Nature.CHANGE, MomentKind.ROLLOUT, subject, summary, source)), at


def _before(made: ReplicaSet, sets: tuple[ReplicaSet, ...]) -> ReplicaSet | None:
    """What ran when a ReplicaSet was made, which may be an older one that was gone back to in between."""
    number = min(revision_numbers(made), default=0)
    older = [(max(earlier), each.name, each) for each in sets if (earlier := _below(number, each))]
    return max(older, default=(0, "", None))[2]


def _below(number: int, replica_set: ReplicaSet) -> list[int]:
    return [each for each in revision_numbers(replica_set) if each < number]


def _differs(before: ReplicaSet | None, now: ReplicaSet, container: str) -> str:
    image = _image(now, container)
    if before is None:
        return f" with image {image}" if image else ""
    was = _image(before, container)
    parts = sorted(changed_parts(before.spec.template, now.spec.template, container) - {"image"})
    told = [f"image {image} instead of {_short(was, image)}"] if image != was else []
    told += parts[:_PARTS_TOLD]
    if len(parts) > _PARTS_TOLD:
        told.append(f"{len(parts) - _PARTS_TOLD} more")
    if told:
        return f"; it changes {', '.join(told)}"
    stamps = {each.spec.template.metadata.annotations.get(_RESTARTED, "") for each in (before, now)}
    return "; it is a restart" if len(stamps) > 1 else "; it changes nothing that is read here"


def _short(image: str, other: str) -> str:
    """An image by what is other in it: its tag, where both are of one repository."""
    name, _, tag = image.rpartition(":")
    return tag if name and name == other.rpartition(":")[0] else image


def _image(replica_set: ReplicaSet, container: str) -> str:
    containers = replica_set.spec.template.spec.containers
    return next((each.image for each in containers if each.name == container), "")


def _managers(thing: Object) -> tuple[FieldManager, ...]:
    """Who changed what is wanted of an object; what only writes its status changes nothing."""
    return tuple(each for each in thing.metadata.managed_fields if each.time and each.subresource != "status")


def _of_object(scope: Scope, thing: Object) -> Iterator[Told]:
    """When an object was made, and by whom it was changed since."""
    made = thing.metadata.creation_timestamp
    managers = _managers(thing)
    creator = next((each.manager for each in managers if made and each.time == made), "")
    if made and not isinstance(thing, Node):
        by = f" by {creator}" if creator else ""
        kind = _kind(thing)
        subject = scope.named(kind, thing.name, thing.metadata.namespace)
        nature = Nature.NOTE if creator in _AUTOMATIC else Nature.CHANGE
        summary = f"{kind} {thing.name} was made{by}."
        yield Told(moment(made, nature, MomentKind.CONFIGURATION, subject, summary, "creation time"))
    for each in managers:
        if each.time != made:
            yield from _by(scope, thing, each)


def _by(scope: Scope, thing: Object, manager: FieldManager) -> Iterator[Told]:
    if manager.time is None or (isinstance(thing, Node) and manager.manager in _AUTOMATIC):
        return
    kind = _kind(thing)
    scaled = manager.subresource == "scale"
    automatic = manager.manager in _AUTOMATIC and not scaled
    verb = "was scaled" if scaled else "was changed"
    yield Told(
        moment(
            manager.time,
            Nature.NOTE if automatic else Nature.CHANGE,
            MomentKind.SCALING if scaled else MomentKind.CONFIGURATION,
            scope.named(kind, thing.name, thing.metadata.namespace),
            f"{kind} {thing.name} {verb} by {manager.manager or 'somebody'}.",
            "managedFields, the last change by this tool",
        )
    )


def _kind(thing: Object) -> str:
    return _KINDS.get(type(thing).__name__, type(thing).__name__)


def _configuration(seen: Seen, scope: Scope, target: Target) -> Iterator[Object]:
    """What decides how the pods run, beside their own workload."""
    places = tuple(dict.fromkeys([target.namespace, *(each.metadata.namespace for each in scope.services)]))
    labels = [(pod.metadata.namespace, pod.metadata.labels) for pod in scope.pods]
    maps, accounts = scope.referred("ConfigMap"), _accounts(scope)
    for place in places:
        yield from (each for each in seen.of(ConfigMap, place) if (place, each.name) in maps)
        yield from (each for each in seen.of(ServiceAccount, place) if (place, each.name) in accounts)
        for policy in seen.of(NetworkPolicy, place):
            if any(where == place and selects(policy.spec.pod_selector, own) for where, own in labels):
                yield policy
        for binding in seen.of(RoleBinding, place):
            if any((each.namespace or place, each.name) in accounts for each in binding.subjects or ()):
                yield binding
    yield from scope.services
    yield from (each for each in seen.of(Autoscaler, target.namespace) if _scales(each, target))
    for budget in seen.of(DisruptionBudget, target.namespace):
        if selects(budget.spec.selector, target.template.metadata.labels):
            yield budget
    yield from seen.of(ResourceQuota, target.namespace)
    for bound in seen.of(ClusterRoleBinding):
        if any((each.namespace, each.name) in accounts for each in bound.subjects or ()):
            yield bound
    if target.vault.wanted:
        yield from (each for each in seen.of(WebhookConfiguration) if "vault" in each.name)
    yield from (each for each in seen.of(Node) if each.name in scope.nodes)


def _accounts(scope: Scope) -> frozenset[tuple[str, str]]:
    return frozenset((pod.metadata.namespace, pod.spec.service_account_name or "default") for pod in scope.pods)


def _scales(autoscaler: Autoscaler, target: Target) -> bool:
    own = autoscaler.spec.scale_target_ref
    return target.deployment is not None and (own.kind, own.name) == ("Deployment", target.deployment.name)


def _of_secrets(seen: Seen, scope: Scope) -> Iterator[Told]:
    """Secrets that pods refer to, where their names were allowed to be listed."""
    wanted = scope.referred("Secret")
    for secret in seen.all_of(SecretName):
        at, namespace = secret.changed_at, secret.metadata.namespace
        if at is None or (namespace, secret.name) not in wanted:
            continue
        who = next((each.manager for each in secret.metadata.managed_fields if each.time == at), "")
        verb = "was made" if at == secret.metadata.creation_timestamp else "was changed"
        summary = f"Secret {secret.name} {verb}{f' by {who}' if who else ''}."
        subject = scope.named("Secret", secret.name, namespace)
        yield Told(moment(at, Nature.CHANGE, MomentKind.SECRET, subject, summary, "managedFields of its data"))
