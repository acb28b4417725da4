"""Finds the requested workload and reads the target from its live objects."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import TypeVar

import msgspec
from msgspec import structs
from msgspec.structs import replace

from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.manifest import Manifest, ReadManifest
from diagnose.queries.query import NoAnswerError, NotFoundError, NotRecordedError, SkippedError
from diagnose.resources import (
    ConfigMap,
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
from diagnose.target import derivation, pod_template, service_names
from diagnose.target.environment import Environment
from diagnose.target.inventory import KINDS, Found, Inventory, counts, kind_of
from diagnose.target.ownership import POD, of_image, owned_by, similar_names
from diagnose.target.profiles import Choice, Profiles
from diagnose.target.recognition import Role
from diagnose.target.request import NoSuchTargetError, NoWorkloadError, Occasion, Request
from diagnose.target.target import REVISION, Target
from diagnose.text.sentences import suggestions, truncate

T = TypeVar("T", bound=Object)
N = TypeVar("N", Container, Namespace)

WORKER_DEPLOYMENT = "WorkerDeployment"
VERSIONS = ("WorkerDeployment", "TemporalWorkerDeployment")
"""The kinds whose objects have a Deployment for each version of a worker."""
VERSIONED = frozenset(each.lower() for each in VERSIONS)
OPEN = {Occasion.INCIDENT, Occasion.AUDIT}
"""The occasions on which all workloads of a namespace are examined, where none is of the profile; a gate needs one."""


class Discovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is about.

    Attributes:
        targets: the workloads to examine, at least one.
        others: the namespace's other workloads, as far as the lists so far show them, where the request names none.
        whole: whether all workloads of the namespace were requested, as it has none of the profile.
    """

    targets: tuple[Target, ...]
    others: tuple[Found, ...] = ()
    whole: bool = False


def discover_all(gateway: Gateway, request: Request, profiles: Profiles) -> Discovered:
    """Returns the targets of a request: the workload that it names, else the Temporal workers, else all.

    The profile of each is chosen by its facts, unless one was requested.

    Raises:
        NoSuchTargetError: the namespace, workload or pod does not exist, or several kinds have the name.
        NoWorkloadError: the namespace has no such workload.
        NoAnswerError: pods may not be listed, or the workload may be among objects that could not be read.
    """
    try:
        return _Discovery(gateway, request, profiles, Inventory(gateway, request.namespace)).run()
    except (NoSuchTargetError, NoWorkloadError) as error:
        unread = [why for each in gateway.answers for why in _unread(each)]
        if unread:
            raise unread[0] from error
        raise


def begin(gateway: Gateway, request: Request) -> None:
    """Begins the lists that a discovery needs first."""
    for kind in () if request.manifest else (Pod, Deployment, ReplicaSet):
        gateway.begin(ListObjects(kind=kind, namespace=request.namespace))


def _unread(answer: Answer) -> tuple[NoAnswerError, ...]:
    """Returns what a query of the discovery did not read."""
    if answer.error:
        ignored = isinstance(answer.error, NotRecordedError | NotFoundError | SkippedError)
        return () if ignored else (answer.error,)
    return tuple(map(NoAnswerError, answer.answer.damaged)) if isinstance(answer.answer, Listing) else ()


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
        return any(each.name == name for each in _list(gateway, kind, namespace))
    except NoAnswerError:
        return False


def _with_image(target: Target, image: str) -> Target:
    """Returns the target with another image in its worker's container."""
    container = structs.replace(target.container, image=image_reference.complete(image, target.container.image))
    spec = target.template.spec
    containers = tuple(container if each.name == container.name else each for each in spec.containers)
    template = structs.replace(target.template, spec=structs.replace(spec, containers=containers))
    return replace(target, container=container, template=template)


def _list(gateway: Gateway, kind: type[T], namespace: str = "") -> tuple[T, ...]:
    return gateway.query(ListObjects(kind=kind, namespace=namespace)).items


def _check_namespace(gateway: Gateway, name: str) -> None:
    try:
        _named(_list(gateway, Namespace), name, "namespace")
    except NoAnswerError:
        return


def _named(found: tuple[N, ...], name: str, kind: str) -> N:
    chosen = next((each for each in found if each.name == name), None)
    if chosen is None:
        similar = similar_names(name, [each.name for each in found])
        raise NoSuchTargetError(f"there is no {kind} {name!r}{similar}")
    return chosen


def named_kind(requested: str) -> tuple[str, str]:
    """Returns kind and name of KIND/NAME; of a name alone the kind is "".

    Raises:
        NoSuchTargetError: there is no such kind.
    """
    kind, slash, name = requested.rpartition("/")
    if not slash:
        return "", name
    if not (known := kind_of(kind)):
        kinds = [each.lower() for each in (*KINDS, POD)]
        hint = suggestions(kind, kinds) or f"; there are {', '.join(kinds)}"
        raise NoSuchTargetError(f"{kind!r} is no kind of workload{hint}")
    return known, name


def _workloads_of(manifest: Manifest) -> list[Found]:
    """Returns the workloads of a manifest, without pods."""
    listed = [
        Found(kind=each.kind, name=each.name, meta=each.metadata, template=each.template, controller=each)
        for each in manifest.workloads
    ]
    versions = [
        Found(kind=WORKER_DEPLOYMENT, name=each.name, meta=each.metadata, template=each.template)
        for each in manifest.versions
    ]
    pods = [Found(kind=POD, name=each.name, meta=each.metadata, template=each.template) for each in manifest.pods]
    return [*listed, *versions, *pods]


def _last_events(gateway: Gateway, namespace: str, name: str) -> str:
    """Returns the last events of a pod that no longer exists, "" where there are none."""
    try:
        events = [
            each
            for each in _list(gateway, Event, namespace)
            if (each.involved_object.kind, each.involved_object.name) == (POD, name)
        ]
    except NoAnswerError:
        return ""
    last = sorted(events, key=lambda event: event.order)[-3:]
    texts = "; ".join(f"{each.reason}: {truncate(each.message, 120)}" for each in last)
    return f" any more; its last events: {texts}" if last else ""


class _Discovery(msgspec.Struct, frozen=True, dict=True):
    """What is requested of a namespace, and its workloads."""

    gateway: Gateway
    request: Request
    profiles: Profiles
    inventory: Inventory
    _choices: dict[str, Choice] = msgspec.field(default_factory=dict)

    def run(self) -> Discovered:
        """Returns the targets, with what could not be read of them."""
        if not self.request.manifest and not self.inventory.pods and not self.inventory.of(Deployment):
            _check_namespace(self.gateway, self.request.namespace)
        found = self._discovered()
        targets = tuple(self._with_remarks(each) for each in found.targets)
        return replace(found, targets=targets)

    def _with_remarks(self, target: Target) -> Target:
        """Returns the target with what the lists say about it."""
        found = replace(
            target,
            service_hosts=_service_hosts(self.gateway, target),
            inaccessible=tuple(self.inventory.inaccessible),
        )
        request = self.request
        return _with_image(found, request.expected.image) if request.before_deploy and request.expected.image else found

    def _discovered(self) -> Discovered:
        request = self.request
        if request.manifest:
            return Discovered(targets=self._from_manifest())
        if request.pod:
            return Discovered(targets=(self._of_pod(),))
        if request.workload:
            if versions := self._versions(request.workload):
                return Discovered(targets=tuple(map(self._target_of, versions)))
            return Discovered(targets=(self._of_name(request.workload),))
        if self.unlisted_owners:
            return Discovered(targets=(self._from_pods(),))
        if workers := self._workers():
            return Discovered(targets=tuple(map(self._target_of, workers)), others=self._rest(workers))
        return self._whole()

    @property
    def unlisted_owners(self) -> bool:
        """Whether the pods' owners are unknown, as Deployments or ReplicaSets may not be listed."""
        return not self.inventory.unlisted.keys().isdisjoint({Deployment, ReplicaSet})

    def _whole(self) -> Discovered:
        """Returns all workloads of the namespace, where the request admits any.

        Raises:
            NoWorkloadError: it has none, or is about a kind of workload that is not there.
        """
        request, requested = self.request, self.profiles.requested
        admitted = requested.is_generic if requested else request.occasion in OPEN
        if not admitted or request.selector:
            raise self._none_found()
        found = self.inventory.all()
        if not found:
            raise self._none_found("workload")
        return Discovered(targets=tuple(map(self._target_of, found)), whole=True)

    def _none_found(self, missed: str = "") -> NoWorkloadError:
        profile = self.profiles.searched
        selector, image = self.request.selector or profile.label, profile.image
        missed = missed or (f"deployment or pod that {selector} selects" if selector else "Temporal worker")
        named = f" and none of an image named {image}" if image else ""
        return NoWorkloadError(f"namespace {self.request.namespace} has no {missed}{named}")

    def _workers(self) -> list[Found]:
        """Returns the workloads that the selector finds, or that are Temporal workers.

        Other kinds than Deployments are known by their pods; they are listed only where nothing else was found.
        """
        requested = self.profiles.requested
        if requested and requested.is_generic and not self.request.selector:
            return []
        known = [*self.inventory.deployments(), *self.inventory.others()]
        # A bare pod beside a workload of the same label is a stray copy of it, which a check of its own reports.
        chosen = self._chosen(each for each in known if each.kind != POD) or self._chosen(known)
        return [self.inventory.complete(each) for each in chosen] or self._chosen(self.inventory.all())

    def _chosen(self, found: Iterable[Found]) -> list[Found]:
        """Returns the workloads that a request without a name is about: those of a proven profile before others."""
        found, requested = list(found), self.profiles.requested
        if self.request.selector or (requested and requested.label):
            selector = parse(self.request.selector or (requested.label if requested else ""))
            chosen = [each for each in found if selects(selector, each.template.metadata.labels or each.meta.labels)]
            if chosen or self.request.selector:
                return chosen
        if requested and requested.image:
            return [each for each in found if any(of_image(c, requested) for c in each.template.spec.containers)]
        proven = [each for each in found if self.profiles.proven_of(each.template, each.meta)]
        workers = [each for each in found if not proven and self._choice(each).is_worker]
        return proven or workers or [each for each in found if self._choice(each).recognition.role is Role.UNCLEAR]

    def _choice(self, found: Found) -> Choice:
        """Returns the profile of a workload; ConfigMaps are read only where nothing else says what it is."""
        if found.reference not in self._choices:
            choice = self.profiles.choose(found.template, found.meta)
            recognition = choice.recognition
            if recognition.maps and recognition.role in {Role.NEITHER, Role.UNCLEAR} and self._config_maps is not None:
                choice = self.profiles.choose(found.template, found.meta, self._config_maps)
            self._choices[found.reference] = choice
        return self._choices[found.reference]

    @cached_property
    def _config_maps(self) -> dict[str, ConfigMap] | None:
        """The ConfigMaps of the namespace and of the manifest by name, None where they may not be listed."""
        brought = {each.name: each for each in self._manifest.maps} if self.request.manifest else {}
        try:
            return {each.name: each for each in _list(self.gateway, ConfigMap, self.request.namespace)} | brought
        except NoAnswerError:
            return brought or None

    @cached_property
    def _manifest(self) -> Manifest:
        """What is to be deployed."""
        return self.gateway.query(ReadManifest(file=self.request.manifest, namespace=self.request.namespace))

    def _rest(self, chosen: list[Found]) -> tuple[Found, ...]:
        """Returns the other workloads that the lists so far show."""
        taken = {each.reference for each in chosen}
        known = (*self.inventory.deployments(), *self.inventory.others())
        return tuple(each for each in known if each.reference not in taken)

    def _versions(self, requested: str) -> list[Found]:
        """Returns the Deployments of a WorkerDeployment; none where the request names a workload of another kind.

        Raises:
            NoSuchTargetError: the WorkerDeployment has none.
        """
        kind, _, name = requested.rpartition("/")
        is_meant = kind.lower().removesuffix("s") in VERSIONED
        if not is_meant and (kind or self.inventory.named(name)):
            return []
        found = [each for each in self.inventory.deployments() if any(owned_by(each.meta, of, name) for of in VERSIONS)]
        if is_meant and not found:
            raise NoSuchTargetError(f"no Deployment in namespace {self.request.namespace} is a version of {requested}")
        return found

    def _of_name(self, requested: str) -> Target:
        """Returns the target of a name, or KIND/NAME.

        Raises:
            NoSuchTargetError: there is none, or several kinds have that name.
        """
        kind, name = named_kind(requested)
        found = self.inventory.named(name, kind)
        if len(found) > 1:
            names = ", ".join(each.reference for each in found)
            raise NoSuchTargetError(
                f"{len(found)} workloads in namespace {self.request.namespace} are named {name}: {names}; "
                f"choose one, as in: --workload {found[0].reference}"
            )
        if not found:
            known = [each.name for each in self.inventory.all() if kind in {"", each.kind}]
            missed = kind or "workload"
            where = f" in namespace {self.request.namespace}"
            raise NoSuchTargetError(f"there is no {missed} {name!r}{where}{similar_names(name, known)}")
        return self._of_pod(name) if found[0].kind == POD else self._target_of(found[0])

    def _target_of(self, found: Found) -> Target:
        """Returns the target of a workload; of a bare pod, whatever its state."""
        return replace(self._target(found), is_single_pod=found.kind == POD)

    def _from_manifest(self) -> tuple[Target, ...]:
        """Returns the targets of a manifest; connections are tried from pods of the version before."""
        exists = self._namespace_exists()
        remark = "" if exists else f"namespace {self.request.namespace} does not exist yet"
        return tuple(
            replace(self._planned(each), remark=remark, namespace_exists=exists)
            for each in self._of_manifest(_workloads_of(self._manifest))
        )

    def _namespace_exists(self) -> bool:
        """Whether the namespace exists; so where that is not known."""
        inventory = self.inventory
        if bool(inventory.of(Pod)) or bool(inventory.of(Deployment)) or inventory.unlisted:
            return True
        try:
            _check_namespace(self.gateway, self.request.namespace)
        except NoSuchTargetError:
            return False
        return True

    def _of_manifest(self, found: list[Found]) -> list[Found]:
        """Returns the workloads of a manifest that are meant: those that the request names, else all.

        Raises:
            NoSuchTargetError: there is no such one, or several have the name.
        """
        request = self.request
        names = ", ".join(each.reference for each in found)
        if request.workload:
            kind, name = named_kind(request.workload)
            chosen = [each for each in found if each.name == name and kind in {"", each.kind}]
            if len(chosen) != 1:
                which = f"{len(chosen)} workloads" if chosen else "no workload"
                similar = "" if chosen else similar_names(name, [each.name for each in found])
                where = f"the manifest {request.manifest} has {which} {request.workload!r}{similar}"
                raise NoSuchTargetError(f"{where}; it has {names}: choose one with --workload KIND/NAME")
            return chosen
        chosen = self._chosen(found) if request.selector or self.profiles.requested else found
        if not chosen and not request.selector:
            return found
        if not chosen:
            raise NoSuchTargetError(
                f"no workload of the manifest {request.manifest} is selected by {request.selector}; "
                f"it has {names}: choose one with --workload"
            )
        return chosen

    def _planned(self, found: Found) -> Target:
        """Returns the target of a workload that is to be deployed, with what is known of the version before."""
        live = self._live(found)
        running = tuple(
            pod
            for pod in (live.pods if live else ())
            if any(each.state.running for each in pod.status.container_statuses)
        )
        # Refusals and logs of the version before concern that version alone.
        target = self._target(replace(found, pods=running))
        target = replace(target, manifest=self._manifest, is_single_pod=found.kind == POD)
        if live is None:
            return target
        meta = live.meta
        return replace(
            target,
            release=target.release or pod_template.release(meta, meta.annotations.get(REVISION, "")),
            gitops=target.gitops or pod_template.gitops(meta),
            changed=pod_template.changed(meta),
        )

    def _live(self, found: Found) -> Found | None:
        """Returns the workload as it is now, None where it is not there, or may not be listed."""
        inventory = self.inventory
        inventory.of(Pod)
        if Pod in inventory.unlisted or found.kind not in KINDS:
            return None
        return next(iter(inventory.named(found.name, found.kind)), None)

    def _from_pods(self) -> Target:
        """Returns a target of pods alone, where deployments may not be listed."""
        found = self._pods_alone()
        if not found:
            raise self._none_found()
        newest = max(found, key=lambda pod: pod.creation_order)
        labels = newest.metadata.labels
        name = labels.get("app.kubernetes.io/instance", newest.name)
        meta = Meta(name=name, labels=labels)
        return self._target(Found(kind=POD, name=name, meta=meta, template=newest.template, pods=found))

    def _pods_alone(self) -> tuple[Pod, ...]:
        """Returns the pods that a request without a name is about."""
        living = [
            Found(kind=POD, name=each.name, meta=each.metadata, template=each.template, pods=(each,))
            for each in self.inventory.pods
            if counts(each)
        ]
        return tuple(pod for each in self._chosen(living) for pod in each.pods)

    def _of_pod(self, name: str = "") -> Target:
        """Returns the target of one pod, in whatever state."""
        inventory = self.inventory
        if not name:
            kind, name = named_kind(self.request.pod)
            if kind not in {"", POD}:
                return self._of_name(self.request.pod)
        pod = next((each for each in inventory.pods if each.name == name), None)
        if pod is None:
            return self._of_absent_pod(name)
        maker = inventory.maker_of(pod)
        sets = (each for each in inventory.of(ReplicaSet) if owned_by(pod.metadata, "ReplicaSet", each.name))
        found = Found(
            kind=POD,
            name=name,
            meta=maker.meta if maker else pod.metadata,
            template=pod.template,
            controller=maker.controller if maker else None,
            pods=(pod,),
            replica_sets=tuple(sets),
            job=maker.job if maker else None,
        )
        return replace(self._target(found), is_single_pod=True)

    def _of_absent_pod(self, name: str) -> Target:
        """Returns the workload of that name, or the one that made a pod that is gone.

        Raises:
            NoSuchTargetError: there is none.
        """
        if self.inventory.named(name):
            return self._of_name(name)
        owners = [each for each in self.inventory.all() if each.made(name)]
        last_events = _last_events(self.gateway, self.request.namespace, name)
        if len(owners) == 1:
            reason = f"pod {name} does not exist{last_events or ' any more'}; this is the workload that it belongs to"
            return replace(self._target_of(owners[0]), remark=reason)
        raise NoSuchTargetError(
            f"there is no pod {name!r} in namespace {self.request.namespace}{last_events}"
            f"{similar_names(name, [each.name for each in self.inventory.pods])}"
        )

    def _target(self, found: Found) -> Target:
        meta, template, choice = found.meta, found.template, self._choice(found)
        profile = choice.profile
        container = self._worker_container(template, choice)
        vault = pod_template.vault(template, container, found.pods)
        flags = self.request.temporal_facts
        derived = derivation.derive(template, container, profile, vault, flags=flags)
        if derived.needs_config_maps and self._config_maps is not None:
            derived = derivation.derive(template, container, profile, vault, self._config_maps, flags)
        return Target(
            request=self.request,
            profile=profile,
            profile_reason=choice.reason,
            kind=found.kind,
            name=found.name,
            controller=found.controller,
            replica_sets=found.replica_sets,
            job=found.job,
            pods=found.pods,
            template=template,
            container=container,
            database=derived.database,
            temporal=derived.temporal,
            known=derived.facts,
            changed_values=self._changed_values(derived.environment),
            role=choice.recognition.role,
            vault=vault,
            release=pod_template.release(meta, meta.annotations.get(REVISION, "")),
            gitops=pod_template.gitops(meta),
            changed=pod_template.changed(meta),
        )

    def _changed_values(self, settings: Environment) -> dict[str, datetime]:
        """Returns when the ConfigMaps that variables are from were last changed, by the variable."""
        of_maps = [each for each in settings.variables.values() if each.config_map]
        # They are known where their values are.
        maps = self._config_maps or {} if of_maps and not settings.maps else {}
        found = ((each.variable, maps.get(each.config_map)) for each in of_maps)
        return {name: each.changed_at for name, each in found if each and each.changed_at}

    def _worker_container(self, template: PodTemplate, choice: Choice) -> Container:
        """Returns the container that does the work, among injected sidecars."""
        containers, name = template.spec.containers, self.request.container
        if name:
            return _named(containers, name, "container")
        by_image = [each for each in containers if of_image(each, choice.profile)]
        by_settings = [each for each in containers if each.name == choice.recognition.container]
        return next(iter(by_settings or by_image), template.main_container)
