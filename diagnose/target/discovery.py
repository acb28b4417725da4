"""Finds the requested workload and reads the target from its live objects."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from msgspec import structs

from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.manifest import ReadManifest
from diagnose.queries.query import NoAnswerError
from diagnose.resources import (
    Container,
    Deployment,
    Event,
    Meta,
    Namespace,
    Object,
    Pod,
    PodTemplate,
    ReplicaSet,
    Service,
    image_reference,
)
from diagnose.resources.selectors import parse, selects
from diagnose.sources.gateway import Answer, Gateway
from diagnose.target import pod_template, service_names
from diagnose.target.ownership import deployment_of, mismatch, of_image, owned_by, similar_names
from diagnose.target.profile import Profile
from diagnose.target.request import NoSuchTargetError, NoWorkloadError, Request
from diagnose.target.target import REVISION, Target
from diagnose.text.sentences import truncate

N = TypeVar("N", Deployment, Container, Namespace)

ENDED = {"Succeeded", "Failed"}


def discover(gateway: Gateway, request: Request, profile: Profile, otherwise: Profile | None = None) -> Target:
    """Returns the target; a requested pod that does not match the profile gets the other profile.

    Raises:
        NoSuchTargetError: the namespace, workload or pod does not exist, or several workloads match.
        NoWorkloadError: the namespace has no such workload.
        NoAnswerError: pods may not be listed, or the workload may be among objects that could not be read.
    """
    try:
        return _discover(gateway, request, profile, otherwise)
    except (NoSuchTargetError, NoWorkloadError) as error:
        unread = [why for each in gateway.answers for why in _unread(each)]
        if unread:
            raise NoAnswerError(unread[0]) from error
        raise


def _unread(answer: Answer) -> tuple[str, ...]:
    """Returns what a query of the discovery did not read."""
    if answer.error:
        return (str(answer.error),)
    return answer.answer.damaged if isinstance(answer.answer, Listing) else ()


def _discover(gateway: Gateway, request: Request, profile: Profile, otherwise: Profile | None) -> Target:
    inaccessible: list[str] = []
    pods = _list(gateway, Pod, request.namespace, inaccessible)
    deployments = _list_or_none(gateway, Deployment, request.namespace, inaccessible)
    replica_sets = _list_or_none(gateway, ReplicaSet, request.namespace, inaccessible)
    if not pods and not deployments:
        _check_namespace(gateway, request.namespace)
    reason = f"requested as {request.profile}" if request.profile else ""
    named = next((each for each in pods if each.name == request.pod_name), None)
    if named and otherwise and not request.profile:
        owner, _ = deployment_of(named, deployments, replica_sets)
        if reason := mismatch(named, owner, profile, label=request.label, workload=request.workload):
            profile = otherwise
    found = _Discovery(gateway, request, profile, pods, deployments, replica_sets).target()
    found = replace(found, service_hosts=_service_hosts(gateway, found))
    found = replace(found, inaccessible=tuple(inaccessible), profile_reason=reason)
    return _with_image(found, request.expected.image) if request.before_deploy and request.expected.image else found


def _service_hosts(gateway: Gateway, target: Target) -> frozenset[str]:
    """Returns the hosts that may name a Service or something outside the cluster, and name one that exists."""
    unclear = ((host, service_names.parse(host, target.namespace)) for host in service_names.hosts_of(target))
    return frozenset(
        host
        for host, named in unclear
        if named and not named.is_certain and _exists(gateway, Service, named.namespace, named.name)
    )


def _exists(gateway: Gateway, kind: type[Object], namespace: str, name: str) -> bool:
    """Whether an object exists, as far as it may be known."""
    try:
        return any(each.name == name for each in _list(gateway, kind, namespace, []))
    except NoAnswerError:
        return False


def _with_image(target: Target, image: str) -> Target:
    """Returns the target with another image in its worker's container."""
    container = structs.replace(target.container, image=image_reference.complete(image, target.container.image))
    spec = target.template.spec
    containers = tuple(container if each.name == container.name else each for each in spec.containers)
    template = structs.replace(target.template, spec=structs.replace(spec, containers=containers))
    return replace(target, container=container, template=template)


def _list(gateway: Gateway, kind: type[Object], namespace: str, inaccessible: list[str]) -> tuple[Any, ...]:
    """Returns the objects, and records which ones are damaged."""
    found = gateway.query(ListObjects(kind=kind, namespace=namespace))
    inaccessible.extend(found.damaged)
    return found.items


def _list_or_none(gateway: Gateway, kind: type[Object], namespace: str, inaccessible: list[str]) -> tuple[Any, ...]:
    """Returns the objects, or none and records why."""
    try:
        return _list(gateway, kind, namespace, inaccessible)
    except NoAnswerError as error:
        inaccessible.append(str(error))
        return ()


def _check_namespace(gateway: Gateway, name: str) -> None:
    try:
        _named(_list(gateway, Namespace, "", []), name, "namespace")
    except NoAnswerError:
        return


def _named(found: tuple[N, ...], name: str, kind: str, where: str = "") -> N:
    chosen = next((each for each in found if each.name == name), None)
    if chosen is None:
        similar = similar_names(name, [each.name for each in found])
        raise NoSuchTargetError(f"there is no {kind} {name!r}{where}{similar}")
    return chosen


def _last_events(gateway: Gateway, namespace: str, name: str) -> str:
    """Returns the last events of a pod that no longer exists, "" where there are none."""
    try:
        events = [each for each in _list(gateway, Event, namespace, []) if each.involved_object.name == name]
    except NoAnswerError:
        return ""
    last = sorted(events, key=lambda event: event.order)[-3:]
    texts = "; ".join(f"{each.reason}: {truncate(each.message, 120)}" for each in last)
    return f" any more; its last events: {texts}" if last else ""


def _counts(pod: Pod) -> bool:
    return pod.status.phase not in ENDED and pod.metadata.deletion_timestamp is None


@dataclass(frozen=True)
class _Discovery:
    """The objects of a namespace, and what is requested of them."""

    gateway: Gateway
    request: Request
    profile: Profile
    pods: tuple[Pod, ...]
    deployments: tuple[Deployment, ...]
    replica_sets: tuple[ReplicaSet, ...]

    def target(self) -> Target:
        """Returns the target as the manifest, the pod or the Deployment has it."""
        if self.request.manifest:
            return self._from_manifest()
        if self.request.pod:
            return self._of_pod()
        chosen = self._choose(self.deployments)
        if chosen is None or (self.pods and not self.replica_sets):
            return self._from_pods()
        sets = tuple(each for each in self.replica_sets if owned_by(each.metadata, "Deployment", chosen.name))
        template = chosen.spec.template
        return self._target("Deployment", chosen.metadata, template, self._pods_of(chosen), chosen, sets)

    def _from_manifest(self) -> Target:
        """Returns the target of a manifest; connections are tried from pods of the version before."""
        request = self.request
        manifest = self.gateway.query(ReadManifest(file=request.manifest, namespace=request.namespace))
        chosen = self._choose(manifest.deployments)
        if chosen is None:
            names = ", ".join(each.name for each in manifest.deployments)
            raise NoSuchTargetError(
                f"no Deployment of the manifest {request.manifest} has the label "
                f"{request.label or self.profile.label}; it has {names}: choose one with --workload"
            )
        live = next((each for each in self.deployments if each.name == chosen.name), None)
        running = tuple(
            pod for pod in self._pods_of(live) if any(each.state.running for each in pod.status.container_statuses)
        )
        # Refusals and logs of the version before concern that version alone.
        found = self._target("Deployment", chosen.metadata, chosen.spec.template, running, chosen)
        return replace(found, manifest=manifest)

    def _pods_of(self, deployment: Deployment | None) -> tuple[Pod, ...]:
        """Returns the pods of a Deployment that count."""
        names = {
            each.name
            for each in self.replica_sets
            if deployment and owned_by(each.metadata, "Deployment", deployment.name)
        }
        return tuple(
            pod
            for pod in self.pods
            if _counts(pod) and any(owner.name in names for owner in pod.metadata.owner_references)
        )

    def _choose(self, deployments: tuple[Deployment, ...]) -> Deployment | None:
        """Returns the one Deployment that is meant; None where none is."""
        request = self.request
        if request.workload:
            return _named(deployments, request.workload, "deployment", f" in namespace {request.namespace}")
        label = request.label or self.profile.label
        if not label and not self.profile.image:
            return self._only_one(deployments)
        selector = parse(label)
        found = [
            each
            for each in deployments
            if selects(selector, each.spec.template.metadata.labels or each.metadata.labels)
        ]
        if not found and not request.label:
            by_image = partial(of_image, profile=self.profile)
            found = [each for each in deployments if any(map(by_image, each.spec.template.spec.containers))]
        if len(found) > 1:
            names = sorted(each.name for each in found)
            raise NoSuchTargetError(
                f"{len(found)} workloads in namespace {request.namespace} match {label}: {', '.join(names)}; "
                f"choose one, as in: diagnose all -n {request.namespace} --workload {names[0]}"
            )
        return found[0] if found else None

    def _only_one(self, deployments: tuple[Deployment, ...]) -> Deployment | None:
        """Returns the Deployment that is meant where a profile says nothing of how to find one."""
        if len(deployments) > 1:
            names = sorted(each.name for each in deployments)
            raise NoSuchTargetError(
                f"the profile {self.profile.name} fits every workload, and namespace {self.request.namespace} has "
                f"{len(names)}: {', '.join(names[:12])}; choose one with --workload or --label"
            )
        return deployments[0] if deployments else None

    def _from_pods(self) -> Target:
        """Returns a target of pods alone, where deployments may not be listed."""
        label, image = self.request.label or self.profile.label, self.profile.image
        found = tuple(pod for pod in self.pods if _counts(pod) and selects(parse(label), pod.metadata.labels))
        if not found:
            missed = f"deployment or pod with the label {label}" if label else "deployment"
            named = f" and none of an image named {image}" if image else ""
            raise NoWorkloadError(f"namespace {self.request.namespace} has no {missed}{named}")
        newest = max(found, key=lambda pod: pod.creation_order)
        labels = newest.metadata.labels
        meta = Meta(name=labels.get("app.kubernetes.io/instance", newest.name), labels=labels)
        return self._target("Pod", meta, PodTemplate(newest.metadata, newest.spec), found)

    def _of_pod(self) -> Target:
        name, namespace = self.request.pod_name, self.request.namespace
        pod = next((each for each in self.pods if each.name == name), None)
        if pod is None:
            raise NoSuchTargetError(
                f"there is no pod {name!r} in namespace {namespace}{_last_events(self.gateway, namespace, name)}"
                f"{similar_names(name, [each.name for each in self.pods])}"
            )
        deployment, owner = deployment_of(pod, self.deployments, self.replica_sets)
        meta = deployment.metadata if deployment else pod.metadata
        template, sets = PodTemplate(pod.metadata, pod.spec), (owner,) if owner else ()
        return replace(self._target("Pod", meta, template, (pod,), deployment, sets), name=name, is_single_pod=True)

    def _target(
        self,
        kind: str,
        meta: Meta,
        template: PodTemplate,
        pods: tuple[Pod, ...],
        deployment: Deployment | None = None,
        replica_sets: tuple[ReplicaSet, ...] = (),
    ) -> Target:
        container, profile = self._worker_container(template), self.profile
        return Target(
            request=self.request,
            profile=profile,
            kind=kind,
            name=meta.name,
            deployment=deployment,
            replica_sets=replica_sets,
            pods=pods,
            template=template,
            container=container,
            database=None if profile.lacks("database") else pod_template.database(container),
            temporal=None if profile.lacks("temporal") else pod_template.temporal(container, profile),
            vault=pod_template.vault(template, container, pods),
            release=pod_template.release(meta, meta.annotations.get(REVISION, "")),
            gitops=pod_template.gitops(meta),
            changed=pod_template.changed(meta),
        )

    def _worker_container(self, template: PodTemplate) -> Container:
        """Returns the container that does the work, among injected sidecars."""
        containers, name = template.spec.containers, self.request.container
        if name:
            return _named(containers, name, "container")
        by_image = [each for each in containers if of_image(each, self.profile)]
        by_env = [each for each in containers if each.variable("TEMPORAL_ADDRESS") is not None]
        # `kubectl logs` takes this for the pod's main container, where a sidecar is listed before it.
        default = template.metadata.annotations.get("kubectl.kubernetes.io/default-container")
        by_default = [each for each in containers if each.name == default]
        return (by_env or by_image or by_default or list(containers) or [Container(name="")])[0]
