"""The objects in scope: the worker's, those of its dependencies, and what their pods refer to."""

from collections.abc import Iterator, Sequence

import msgspec

from diagnose.resources import Deployment, Pod, ReplicaSet, Service, StatefulSet, WebhookConfiguration
from diagnose.resources.selectors import selects
from diagnose.target.ownership import owned_by
from diagnose.target.pod_template import injector_hooks
from diagnose.target.service_names import service_of
from diagnose.target.survey_plan import vault_endpoint
from diagnose.target.target import REVISION, Target
from diagnose.timeline.observations import Observations

# The label and the Service of the cluster's DNS, whichever program serves it
# (https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/).
_DNS = ("kube-system", {"k8s-app": "kube-dns"})
_DNS_SERVICE = ("kube-system", "kube-dns")

ObjectKey = tuple[str, str, str]
"""Kind, namespace and name of an object."""

Selectors = Sequence[tuple[str, dict[str, str]]]
"""A namespace and the labels that select pods in it."""


class TimelineScope(msgspec.Struct, frozen=True, kw_only=True):
    """The objects whose moments belong to the timeline.

    Attributes:
        namespace: the target's namespace.
        workers: the worker's existing pods, including those that have ended.
        sets: the worker's ReplicaSets, by name.
        current: the name of the ReplicaSet of the current template, "" where it is unknown.
        others: pods of its dependencies.
        workloads: Deployments and StatefulSets in scope, including the worker's.
        services: Services in scope, as far as the run has listed them.
        names: namespace and name of these Services and of the cluster's DNS.
        nodes: the nodes that the pods run on.
    """

    namespace: str
    workers: tuple[Pod, ...] = ()
    sets: dict[str, ReplicaSet] = msgspec.field(default_factory=dict)
    current: str = ""
    others: tuple[Pod, ...] = ()
    workloads: tuple[Deployment | StatefulSet, ...] = ()
    services: tuple[Service, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    nodes: frozenset[str] = frozenset()

    @property
    def pods(self) -> tuple[Pod, ...]:
        """All existing pods in scope."""
        return (*self.workers, *self.others)

    def named(self, kind: str, name: str, namespace: str = "") -> str:
        """Returns an object as a subject of the report, with its namespace where it is not the target's."""
        prefix = f"{namespace}/" if namespace and namespace != self.namespace else ""
        return f"{kind.lower()}/{prefix}{name}"

    def was_worker(self, pod: str) -> bool:
        """Whether a pod of this name is, or was, the worker's."""
        return pod.rpartition("-")[0] in self.sets

    def referred(self, kind: str) -> frozenset[tuple[str, str]]:
        """Returns namespace and name of the ConfigMaps or Secrets that the pods refer to."""
        return frozenset((pod.metadata.namespace, name) for pod in self.pods for name in pod.spec.referred(kind))


def scope_of(observed: Observations, target: Target) -> TimelineScope:
    """Returns the objects in scope of a target, as far as the run has read them."""
    sets = {each.name: each for each in target.replica_sets}
    listed = observed.of(Pod, target.namespace) or target.pods
    targeted = {pod.name for pod in target.pods}
    workers = tuple(
        pod
        for pod in listed
        if pod.name in targeted or any(owner.name in sets for owner in pod.metadata.owner_references)
    )
    names = tuple(_services(observed, target))
    services = tuple(each for namespace, name in names for each in observed.of(Service, namespace) if each.name == name)
    selectors = [*((each.metadata.namespace, each.spec.selector) for each in services), _DNS]
    own_pods = {pod.name for pod in workers}
    others = tuple(
        pod
        for namespace in dict.fromkeys(namespace for namespace, _ in selectors)
        for pod in observed.of(Pod, namespace)
        if _is_selected(pod.metadata.labels, namespace, selectors)
        and (namespace != target.namespace or pod.name not in own_pods)
    )
    current = target.current_replica_set
    return TimelineScope(
        namespace=target.namespace,
        workers=workers,
        sets=sets,
        current=current.name if current else "",
        others=others,
        workloads=tuple(_workloads(observed, target, selectors)),
        services=services,
        names=(*names, _DNS_SERVICE),
        nodes=frozenset(pod.spec.node_name for pod in (*workers, *others) if pod.spec.node_name),
    )


def _workloads(observed: Observations, target: Target, selectors: Selectors) -> Iterator[Deployment | StatefulSet]:
    """Yields the worker's own Deployment or StatefulSet, then the workloads of its dependencies."""
    own = target.controller if isinstance(target.controller, Deployment | StatefulSet) else None
    if own:
        yield own
    for namespace in dict.fromkeys(namespace for namespace, _ in selectors):
        listed: tuple[Deployment | StatefulSet, ...] = (
            *observed.of(Deployment, namespace),
            *observed.of(StatefulSet, namespace),
        )
        for each in listed:
            is_target = own is not None and (namespace, each.kind, each.name) == (target.namespace, own.kind, own.name)
            if not is_target and _is_selected(each.spec.template.metadata.labels, namespace, selectors):
                yield each


def revision_numbers(replica_set: ReplicaSet) -> tuple[int, ...]:
    """Returns the revision numbers of a ReplicaSet: one from its creation, and one for each rollback to it."""
    notes = replica_set.metadata.annotations
    numbers = f"{notes.get(f'{REVISION}-history', '')},{notes.get(REVISION, '')}"
    return tuple(int(each) for each in numbers.split(",") if each.isdigit())


def sets_of(observed: Observations, deployment: Deployment) -> tuple[ReplicaSet, ...]:
    """Returns a Deployment's ReplicaSets, as far as the run has listed them, the oldest first."""
    listed = observed.of(ReplicaSet, deployment.metadata.namespace)
    owned = [each for each in listed if owned_by(each.metadata, "Deployment", deployment.name)]
    return tuple(sorted(owned, key=lambda each: each.creation_order))


def _is_selected(labels: dict[str, str], namespace: str, selectors: Selectors) -> bool:
    return any(each == namespace and selects(selector, labels) for each, selector in selectors)


def _services(observed: Observations, target: Target) -> Iterator[tuple[str, str]]:
    """Yields namespace and name of the Services of the worker's dependencies and of the injector."""
    hosts = list(target.database.hosts) if target.database else []
    hosts += [target.temporal.host] if target.temporal else []
    if target.vault.used and (vault := vault_endpoint(target.vault.address)):
        hosts.append(vault[0])
    services = [service_of(host, target) for host in hosts]
    if target.vault.requested:
        for _, hook in injector_hooks(observed.of(WebhookConfiguration)):
            backend = hook.client_config.service
            services.append((backend.namespace, backend.name) if backend else None)
    yield from dict.fromkeys(each for each in services if each)
