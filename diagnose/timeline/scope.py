"""Whose moments matter: the worker's own objects, those of what it depends on, and what their pods refer to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from diagnose.domain.network.backends import selects
from diagnose.domain.network.reachability import service_of
from diagnose.resources import Deployment, Pod, PodSpec, ReplicaSet, Service, StatefulSet, WebhookConfiguration
from diagnose.target.ownership import owned_by
from diagnose.target.pod_template import injector_hooks
from diagnose.target.survey_plan import vault_endpoint
from diagnose.target.target import REVISION, Target
from diagnose.timeline.observations import Seen

# How a cluster's DNS is labelled and called, whatever serves it
# (https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/).
_DNS = ("kube-system", {"k8s-app": "kube-dns"})
_DNS_SERVICE = ("kube-system", "kube-dns")

Key = tuple[str, str, str]
"""Kind, namespace and name of an object."""

Selectors = Sequence[tuple[str, dict[str, str]]]
"""A namespace, and the labels that pods there are chosen by."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which objects matter.

    Attributes:
        namespace: the target's.
        workers: the worker's pods that are there, those included that have ended.
        sets: the worker's ReplicaSets, by name.
        current: the name of the one of the present template, "" where it is not known.
        others: pods of what it depends on.
        workloads: Deployments and StatefulSets that matter, the worker's included.
        services: Services that matter, as far as they were listed.
        names: namespace and name of those, and of the cluster's DNS.
        nodes: where the pods run.
    """

    namespace: str
    workers: tuple[Pod, ...] = ()
    sets: dict[str, ReplicaSet] = field(default_factory=dict)
    current: str = ""
    others: tuple[Pod, ...] = ()
    workloads: tuple[Deployment | StatefulSet, ...] = ()
    services: tuple[Service, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    nodes: frozenset[str] = frozenset()

    @property
    def pods(self) -> tuple[Pod, ...]:
        """All pods that matter and are there."""
        return (*self.workers, *self.others)

    def named(self, kind: str, name: str, namespace: str = "") -> str:
        """An object as a subject of the report; its namespace is told where it is another one than the target's."""
        where = f"{namespace}/" if namespace and namespace != self.namespace else ""
        return f"{kind.lower()}/{where}{name}"

    def was_worker(self, pod: str) -> bool:
        """Whether a pod of this name is, or was, the worker's."""
        return pod.rpartition("-")[0] in self.sets

    def referred(self, kind: str) -> frozenset[tuple[str, str]]:
        """Namespace and name of the ConfigMaps or Secrets that the pods refer to."""
        return frozenset((pod.metadata.namespace, name) for pod in self.pods for name in _referred(pod.spec, kind))


def scope_of(seen: Seen, target: Target) -> Scope:
    """What matters for a target, as far as the run has seen it."""
    sets = {each.name: each for each in target.replica_sets}
    listed = seen.of(Pod, target.namespace) or target.pods
    workers = tuple(
        pod
        for pod in listed
        if any(owner.name in sets for owner in pod.metadata.owner_references)
        or any(pod.name == each.name for each in target.pods)
    )
    names = tuple(_services(seen, target))
    services = tuple(each for place, name in names for each in seen.of(Service, place) if each.name == name)
    selectors = [*((each.metadata.namespace, each.spec.selector) for each in services), _DNS]
    own = {pod.name for pod in workers}
    others = tuple(
        pod
        for namespace in dict.fromkeys(namespace for namespace, _ in selectors)
        for pod in seen.of(Pod, namespace)
        if _chosen(pod.metadata.labels, namespace, selectors) and (namespace != target.namespace or pod.name not in own)
    )
    current = target.current_replica_set
    return Scope(
        namespace=target.namespace,
        workers=workers,
        sets=sets,
        current=current.name if current else "",
        others=others,
        workloads=tuple(_workloads(seen, target, selectors)),
        services=services,
        names=(*names, _DNS_SERVICE),
        nodes=frozenset(pod.spec.node_name for pod in (*workers, *others) if pod.spec.node_name),
    )


def _workloads(seen: Seen, target: Target, selectors: Selectors) -> Iterator[Deployment | StatefulSet]:
    """The worker's own, then those of what it depends on."""
    own = target.deployment
    if own:
        yield own
    for namespace in dict.fromkeys(namespace for namespace, _ in selectors):
        listed: tuple[Deployment | StatefulSet, ...] = (
            *seen.of(Deployment, namespace),
            *seen.of(StatefulSet, namespace),
        )
        for each in listed:
            is_own = own is not None and (namespace, each.name) == (target.namespace, own.name)
            if not is_own and _chosen(each.spec.template.metadata.labels, namespace, selectors):
                yield each


def revision_numbers(replica_set: ReplicaSet) -> tuple[int, ...]:
    """The numbers that a ReplicaSet has had: one when it was made, and another each time it was gone back to."""
    notes = replica_set.metadata.annotations
    told = f"{notes.get(f'{REVISION}-history', '')},{notes.get(REVISION, '')}"
    return tuple(int(each) for each in told.split(",") if each.isdigit())


def sets_of(seen: Seen, deployment: Deployment) -> tuple[ReplicaSet, ...]:
    """A Deployment's ReplicaSets, as far as they were listed, the oldest first."""
    listed = seen.of(ReplicaSet, deployment.metadata.namespace)
    own = [each for each in listed if owned_by(each.metadata, "Deployment", deployment.name)]
    return tuple(sorted(own, key=lambda each: (str(each.metadata.creation_timestamp), each.name)))


def _chosen(labels: dict[str, str], namespace: str, selectors: Selectors) -> bool:
    return any(place == namespace and selects(selector, labels) for place, selector in selectors)


def _services(seen: Seen, target: Target) -> Iterator[tuple[str, str]]:
    """Namespace and name of the Services of what the worker depends on, and of the injector."""
    hosts = [target.database.host, target.database.admin_host] if target.database else []
    hosts += [target.temporal.host] if target.temporal else []
    if target.vault.concerned and (vault := vault_endpoint(target.vault.address)):
        hosts.append(vault[0])
    wanted = [service_of(host, target.namespace) for host in hosts]
    if target.vault.wanted:
        for _, hook in injector_hooks(seen.of(WebhookConfiguration)):
            behind = hook.client_config.service
            wanted.append((behind.namespace, behind.name) if behind else None)
    yield from dict.fromkeys(each for each in wanted if each)


def _referred(spec: PodSpec, kind: str) -> Iterator[str]:
    of_secret = kind == "Secret"
    for container in (*spec.init_containers, *spec.containers):
        for source in container.env_from:
            reference = source.secret_ref if of_secret else source.config_map_ref
            if reference:
                yield reference.name
        for variable in container.env:
            if variable.value_from:
                key = variable.value_from.secret_key_ref if of_secret else variable.value_from.config_map_key_ref
                if key:
                    yield key.name
    for volume in spec.volumes:
        if of_secret and volume.secret:
            yield volume.secret.secret_name
        elif not of_secret and volume.config_map:
            yield volume.config_map.name
