"""Finds the workload that is meant and reads the target from its live objects."""

from dataclasses import replace
from typing import Any

from msgspec import structs

from diagnose.queries.kubernetes import ListObjects
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
    image_reference,
)
from diagnose.resources.selectors import parse, selects
from diagnose.sources.gateway import Gateway
from diagnose.target import pod_template
from diagnose.target.ownership import deployment_of, like, of_image, owned_by, stranger
from diagnose.target.profile import Profile
from diagnose.target.request import NoSuchTargetError, NoWorkloadError, Request
from diagnose.target.target import REVISION, Target
from diagnose.text.sentences import truncate

ENDED = {"Succeeded", "Failed"}


def discover(gateway: Gateway, request: Request, profile: Profile, otherwise: Profile | None = None) -> Target:
    """The target; a pod that is none of the profile's kind is examined by the other profile.

    Raises:
        NoSuchTargetError: the namespace, workload or pod does not exist, or several workloads are meant.
        NoWorkloadError: the namespace has no such workload.
        CannotLookError: pods may not be listed, so that nothing can be said.
    """
    pods = _list(gateway, Pod, request.namespace)
    inaccessible: list[str] = []
    deployments = _list_or(gateway, Deployment, request.namespace, inaccessible)
    replica_sets = _list_or(gateway, ReplicaSet, request.namespace, inaccessible)
    if not pods and not deployments:
        _check_namespace(gateway, request.namespace)
    reason = f"asked for as {request.profile}" if request.profile else ""
    asked = next((each for each in pods if each.name == request.pod_name), None)
    if asked and otherwise and not request.profile:
        owner, _ = deployment_of(asked, deployments, replica_sets)
        if reason := stranger(asked, owner, profile, label=request.label, workload=request.workload):
            profile = otherwise
    if request.manifest:
        target = _planned(gateway, request, profile, pods, deployments, replica_sets)
    else:
        target = _found(gateway, request, profile, pods, deployments, replica_sets)
    target = replace(
        target,
        inaccessible=tuple(inaccessible),
        profile_reason=reason,
    )
    return _with_image(target, request.expected.image) if request.ahead and request.expected.image else target


def _planned(
    gateway: Gateway,
    request: Request,
    profile: Profile,
    pods: tuple[Pod, ...],
    deployments: tuple[Deployment, ...],
    replica_sets: tuple[ReplicaSet, ...],
) -> Target:
    """The target as a manifest has it; pods of the version before are places to try connections from."""
    manifest = gateway.query(ReadManifest(file=request.manifest, namespace=request.namespace))
    chosen = _choose(request, profile, manifest.deployments)
    if chosen is None:
        names = ", ".join(each.name for each in manifest.deployments)
        raise NoSuchTargetError(
            f"no Deployment of the manifest {request.manifest} has the label {request.label or profile.label}; it has "
            f"{names}: choose one with --workload"
        )
    own = tuple(
        pod
        for pod in _pods_of(next((each for each in deployments if each.name == chosen.name), None), replica_sets, pods)
        if any(each.state.running for each in pod.status.container_statuses)
    )
    # What the version before is refused or says in its log is its own affair.
    target = _target(request, profile, "Deployment", chosen.metadata, chosen.spec.template, own, chosen, ())
    return replace(target, manifest=manifest)


def _with_image(target: Target, image: str) -> Target:
    """The target with another image in its worker's container."""
    changed = structs.replace(target.container, image=image_reference.complete(image, target.container.image))
    spec = target.template.spec
    containers = tuple(changed if each.name == changed.name else each for each in spec.containers)
    template = structs.replace(target.template, spec=structs.replace(spec, containers=containers))
    return replace(target, container=changed, template=template)


def _found(
    gateway: Gateway,
    request: Request,
    profile: Profile,
    pods: tuple[Pod, ...],
    deployments: tuple[Deployment, ...],
    replica_sets: tuple[ReplicaSet, ...],
) -> Target:
    if request.pod:
        return _of_pod(gateway, request, profile, pods, deployments, replica_sets)
    chosen = _choose(request, profile, deployments)
    if chosen is None or (pods and not replica_sets):
        return _of_loose_pods(request, profile, pods)
    own_sets = tuple(each for each in replica_sets if owned_by(each.metadata, "Deployment", chosen.name))
    own_pods = _pods_of(chosen, replica_sets, pods)
    return _target(request, profile, "Deployment", chosen.metadata, chosen.spec.template, own_pods, chosen, own_sets)


def _pods_of(
    deployment: Deployment | None, replica_sets: tuple[ReplicaSet, ...], pods: tuple[Pod, ...]
) -> tuple[Pod, ...]:
    """The pods of a Deployment that count."""
    names = {
        each.name for each in replica_sets if deployment and owned_by(each.metadata, "Deployment", deployment.name)
    }
    return tuple(
        pod
        for pod in pods
        if any(owner.name in names for owner in pod.metadata.owner_references)
        and pod.status.phase not in ENDED
        and pod.metadata.deletion_timestamp is None
    )


def _list(gateway: Gateway, kind: type[Object], namespace: str) -> tuple[Any, ...]:
    return gateway.query(ListObjects(kind=kind, namespace=namespace)).items


def _list_or(gateway: Gateway, kind: type[Object], namespace: str, inaccessible: list[str]) -> tuple[Any, ...]:
    """The objects, or none with the reason kept."""
    try:
        return _list(gateway, kind, namespace)
    except NoAnswerError as error:
        inaccessible.append(str(error))
        return ()


def _check_namespace(gateway: Gateway, name: str) -> None:
    try:
        names = [each.name for each in _list(gateway, Namespace, "")]
    except NoAnswerError:
        return
    if name not in names:
        raise NoSuchTargetError(f"there is no namespace {name!r}{like(name, names)}")


def _choose(request: Request, profile: Profile, deployments: tuple[Deployment, ...]) -> Deployment | None:
    """The one Deployment that is meant; None where none is."""
    if request.workload:
        names = [each.name for each in deployments]
        if request.workload not in names:
            raise NoSuchTargetError(
                f"there is no deployment {request.workload!r} in namespace {request.namespace}"
                f"{like(request.workload, names)}"
            )
        return next(each for each in deployments if each.name == request.workload)
    label = request.label or profile.label
    if not label and not profile.image:
        return _only_one(request, profile, deployments)
    selector = parse(label)
    found = [
        each for each in deployments if selects(selector, each.spec.template.metadata.labels or each.metadata.labels)
    ]
    if not found and not request.label:
        found = [
            each for each in deployments if any(of_image(one, profile) for one in each.spec.template.spec.containers)
        ]
    if len(found) > 1:
        names = sorted(each.name for each in found)
        raise NoSuchTargetError(
            f"{len(found)} workloads in namespace {request.namespace} match {label}: {', '.join(names)}; "
            f"choose one, as in: diagnose all -n {request.namespace} --workload {names[0]}"
        )
    return found[0] if found else None


def _only_one(request: Request, profile: Profile, deployments: tuple[Deployment, ...]) -> Deployment | None:
    """The Deployment that is meant where a profile says nothing of how to find one."""
    if len(deployments) > 1:
        names = sorted(each.name for each in deployments)
        raise NoSuchTargetError(
            f"the profile {profile.name} fits every workload, and namespace {request.namespace} has {len(names)}: "
            f"{', '.join(names[:12])}; choose one with --workload or --label"
        )
    return deployments[0] if deployments else None


def _of_loose_pods(request: Request, profile: Profile, pods: tuple[Pod, ...]) -> Target:
    """A target from pods alone, where deployments may not be listed."""
    label = request.label or profile.label
    found = tuple(
        pod
        for pod in pods
        if selects(parse(label), pod.metadata.labels)
        and pod.status.phase not in ENDED
        and pod.metadata.deletion_timestamp is None
    )
    if not found:
        missed = f"deployment or pod with the label {label}" if label else "deployment"
        named = f" and none of an image named {profile.image}" if profile.image else ""
        raise NoWorkloadError(f"namespace {request.namespace} has no {missed}{named}")
    newest = max(found, key=lambda pod: str(pod.metadata.creation_timestamp))
    meta = Meta(
        name=newest.metadata.labels.get("app.kubernetes.io/instance", newest.name), labels=newest.metadata.labels
    )
    return _target(request, profile, "Pod", meta, PodTemplate(newest.metadata, newest.spec), found, None, ())


def _last_words(gateway: Gateway, namespace: str, name: str) -> str:
    """What events still say of a pod that is gone, "" where nothing does."""
    try:
        events = [each for each in _list(gateway, Event, namespace) if each.involved_object.name == name]
    except NoAnswerError:
        return ""
    told = sorted(events, key=lambda event: str(event.seen_at))[-3:]
    return (
        " any more; its last events: " + "; ".join(f"{each.reason}: {truncate(each.message, 120)}" for each in told)
        if told
        else ""
    )


def _of_pod(
    gateway: Gateway,
    request: Request,
    profile: Profile,
    pods: tuple[Pod, ...],
    deployments: tuple[Deployment, ...],
    replica_sets: tuple[ReplicaSet, ...],
) -> Target:
    name = request.pod_name
    pod = next((each for each in pods if each.name == name), None)
    if pod is None:
        raise NoSuchTargetError(
            f"there is no pod {name!r} in namespace {request.namespace}{_last_words(gateway, request.namespace, name)}"
            f"{like(name, [each.name for each in pods])}"
        )
    deployment, owner = deployment_of(pod, deployments, replica_sets)
    meta = deployment.metadata if deployment else pod.metadata
    template, sets = PodTemplate(pod.metadata, pod.spec), (owner,) if owner else ()
    target = _target(request, profile, "Pod", meta, template, (pod,), deployment, sets)
    return replace(target, name=name, alone=True)


def _target(
    request: Request,
    profile: Profile,
    kind: str,
    meta: Meta,
    template: PodTemplate,
    pods: tuple[Pod, ...],
    deployment: Deployment | None,
    replica_sets: tuple[ReplicaSet, ...],
) -> Target:
    container = _worker_container(request, profile, template)
    return Target(
        request=request,
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


def _worker_container(request: Request, profile: Profile, template: PodTemplate) -> Container:
    """The container that does the work, among injected sidecars."""
    containers = template.spec.containers
    if request.container:
        names = [each.name for each in containers]
        if request.container not in names:
            raise NoSuchTargetError(f"there is no container {request.container!r}{like(request.container, names)}")
        return next(each for each in containers if each.name == request.container)
    by_image = [each for each in containers if of_image(each, profile)]
    by_env = [each for each in containers if each.variable("TEMPORAL_ADDRESS") is not None]
    # What `kubectl logs` takes for the pod's own container, where a sidecar was put before it.
    usual = template.metadata.annotations.get("kubectl.kubernetes.io/default-container")
    by_note = [each for each in containers if each.name == usual]
    return (by_env or by_image or by_note or list(containers) or [Container(name="")])[0]
