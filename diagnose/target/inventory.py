"""The workloads of a namespace and their pods, from the lists that a request needs."""

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError, NotFoundError, NotRecordedError, SkippedError
from diagnose.resources import (
    CronJob,
    DaemonSet,
    Deployment,
    Job,
    Meta,
    Object,
    Pod,
    PodTemplate,
    ReplicaSet,
    Rollout,
    StatefulSet,
    Workload,
)
from diagnose.sources.gateway import Gateway
from diagnose.target.ownership import POD, grouped, owned_by, owner_by_labels

T = TypeVar("T", bound=Object)

LISTED: tuple[type[Workload], ...] = (StatefulSet, DaemonSet, Job, CronJob)
"""The kinds that are listed, besides Deployments and ReplicaSets, where all workloads of a namespace are requested."""
WORKLOADS: tuple[type[Workload], ...] = (Deployment, *LISTED, Rollout)
"""The kinds that are listed to find the workloads of all namespaces."""
_KNOWN: tuple[type[Workload], ...] = (*WORKLOADS, ReplicaSet)
KINDS = {each.__name__: each for each in _KNOWN}
_MAKERS: dict[str, type[Workload]] = {each.__name__: each for each in WORKLOADS if each is not Rollout}
KIND_NAMES = frozenset(KINDS)
_SHORT = {
    "deploy": "Deployment",
    "sts": "StatefulSet",
    "ds": "DaemonSet",
    "cj": "CronJob",
    "ro": "Rollout",
    "rs": "ReplicaSet",
    "po": POD,
}
ENDED = {"Succeeded", "Failed"}
LAST_PODS = 3
"""How many of a Job's failed pods are examined, where none runs."""


def kind_of(text: str) -> str:
    """Returns the kind that a name stands for, as kubectl takes it: "deploy", "deployments", "Deployment"; else ""."""
    name = text.lower().partition(".")[0]
    known = {each.lower(): each for each in (*KINDS, POD)}
    return known.get(name) or known.get(name.removesuffix("s")) or _SHORT.get(name, "")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A workload with its pods.

    Attributes:
        kind, name: those of Kubernetes, also of a kind that is not known here.
        meta: its metadata; of a workload that was not listed, only the name.
        template: what new pods are made from; of a workload that was not listed, its newest pod.
        controller: the object; None of a bare pod, and where it was not listed.
        pods: those that neither ended nor are being deleted; of a Job also the last that failed.
        replica_sets: those of a Deployment or Rollout.
        job: the Job itself, or the newest one of a CronJob.
    """

    kind: str
    name: str
    meta: Meta
    template: PodTemplate
    controller: Workload | None = None
    pods: tuple[Pod, ...] = ()
    replica_sets: tuple[ReplicaSet, ...] = ()
    job: Job | None = None

    @property
    def reference(self) -> str:
        """KIND/NAME, as kubectl takes it."""
        return f"{self.kind.lower()}/{self.name}"

    def made(self, pod: str) -> bool:
        """Whether a pod of that name, which is gone, has a name as this workload gives it."""
        stem, _, suffix = pod.rpartition("-")
        match self.kind:
            case "Deployment" | "Rollout":
                return any(each.name == stem for each in self.replica_sets)
            case "StatefulSet":
                return stem == self.name and suffix.isdigit()
            case "CronJob":
                owner, _, at = stem.rpartition("-")
                return owner == self.name and at.isdigit()
            case _:
                return stem == self.name


class Inventory(msgspec.Struct, frozen=True, dict=True):
    """What the workloads of a namespace are, as far as they may be listed; each kind is listed when it is needed.

    Attributes:
        inaccessible: what could not be listed, or not completely, and why.
        unlisted: the kinds that could not be listed at all.
    """

    gateway: Gateway
    namespace: str
    inaccessible: list[str] = msgspec.field(default_factory=list)
    unlisted: dict[type[Object], NoAnswerError] = msgspec.field(default_factory=dict)
    _listed: dict[type[Object], tuple[Object, ...]] = msgspec.field(default_factory=dict)

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Returns the objects of a kind; none where they may not be listed, which is noted."""
        if kind not in self._listed:
            self._listed[kind] = self._list(kind)
        return self._listed[kind]  # type: ignore[return-value]

    def _list(self, kind: type[T]) -> tuple[T, ...]:
        try:
            found = self.gateway.query(ListObjects(kind=kind, namespace=self.namespace))
        except (NotRecordedError, NotFoundError):
            # An older recording, or a cluster without this kind.
            return ()
        except NoAnswerError as error:
            self.unlisted[kind] = error
            if not isinstance(error, SkippedError):
                self.inaccessible.append(str(error))
            return ()
        self.inaccessible.extend(found.damaged)
        return found.items

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """The pods.

        Raises:
            NoAnswerError: they may not be listed.
        """
        found = self.of(Pod)
        if Pod in self.unlisted:
            raise self.unlisted[Pod]
        return found

    @cached_property
    def _sets(self) -> dict[str, ReplicaSet]:
        return {each.name: each for each in self.of(ReplicaSet)}

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], list[ReplicaSet]]:
        """The ReplicaSets by kind and name of their owners."""
        pairs = ((each.metadata.owner_references, each) for each in self.of(ReplicaSet))
        return grouped(((owner.kind, owner.name), each) for owners, each in pairs for owner in owners[:1])

    @cached_property
    def _jobs(self) -> dict[str, list[Job]]:
        """The Jobs by the names of their CronJobs."""
        pairs = ((each.metadata.owner_references, each) for each in self.of(Job))
        return grouped((owner.name, each) for owners, each in pairs for owner in owners[:1] if owner.kind == "CronJob")

    @cached_property
    def by_owner(self) -> dict[tuple[str, str], list[Pod]]:
        """All pods by kind and name of their owner, which is no ReplicaSet of another; a bare pod by its own."""
        return grouped((self.owner_of(pod), pod) for pod in self.pods)

    def owner_of(self, pod: Pod) -> tuple[str, str]:
        """Returns kind and name of a pod's owner, which is no ReplicaSet of another; its own where it has none."""
        sets = (self._sets.get(each.name) for each in pod.metadata.owner_references[:1] if each.kind == "ReplicaSet")
        if found := next(filter(None, sets), None):
            owner = next(iter(found.metadata.owner_references), None)
            return (owner.kind, owner.name) if owner else ("ReplicaSet", found.name)
        return owner_by_labels(pod.metadata)

    def maker_of(self, pod: Pod) -> Found | None:
        """Returns the workload that made a pod, of a kind that is listed; of a CronJob with the pod's own Job."""
        kind, name = self.owner_of(pod)
        if kind not in _MAKERS:
            return None
        maker = next((each for each in self.of(_MAKERS[kind]) if each.name == name), None)
        if not isinstance(maker, Job):
            return self.found(maker) if maker else None
        made_by = (each for each in self.of(CronJob) if owned_by(maker.metadata, "CronJob", each.name))
        cron_job = next(made_by, None) if owned_by(maker.metadata, "CronJob") else None
        return replace(self.found(cron_job or maker), job=maker)

    def deployments(self) -> Iterator[Found]:
        """Yields the Deployments."""
        return map(self.found, self.of(Deployment))

    def others(self) -> Iterator[Found]:
        """Yields what else made the pods that run; where its kind was not listed, as its newest pod shows it."""
        for (kind, name), pods in self.by_owner.items():
            if kind != "Deployment" and any(map(counts, pods)):
                yield self._of_pods(kind, name)

    def all(self) -> tuple[Found, ...]:
        """Returns all workloads, in the order of their kinds and names; lists each kind that is needed for that."""
        kinds: list[type[Workload]] = [Deployment, *LISTED]
        if any(kind == "Rollout" for kind, _ in self._by_owner):
            kinds.append(Rollout)
        listed = [each for kind in kinds for each in self.of(kind)]
        alone: list[Workload] = [
            each for each in listed if not (isinstance(each, Job) and owned_by(each.metadata, "CronJob"))
        ]
        alone += [each for each in self.of(ReplicaSet) if not each.metadata.owner_references and each.spec.replicas]
        known = {(each.kind, each.name) for each in (*listed, *alone)}
        rest = [self._of_pods(*key) for key in self.by_owner if key not in known]
        return (*sorted(map(self.found, alone), key=_order), *sorted(filter(_matters, rest), key=_order))

    def named(self, name: str, kind: str = "") -> tuple[Found, ...]:
        """Returns the workloads of a name, of one kind or of any."""
        if kind == POD:
            return tuple(self._of_pods(POD, each.name) for each in self.pods if each.name == name)
        kinds: tuple[type[Workload], ...] = (KINDS[kind],) if kind else (Deployment, *LISTED)
        objects = [each for each_kind in kinds for each in self.of(each_kind) if each.name == name]
        if objects:
            return tuple(map(self.found, objects))
        owners = [key for key in self.by_owner if key[1] == name and key[0] != POD and kind in {"", key[0]}]
        return tuple(self.complete(self._of_pods(*key)) for key in owners)

    def complete(self, found: Found) -> Found:
        """Returns a workload that pods name with its own object, where that kind is known and may be listed."""
        kind = KINDS.get(found.kind)
        if found.controller is not None or kind is None:
            return found
        workload = next((each for each in self.of(kind) if each.name == found.name), None)
        return self.found(workload) if workload else found

    def found(self, workload: Workload) -> Found:
        """Returns a workload with its pods."""
        kind, name = workload.kind, workload.name
        template, job = workload.template, workload if isinstance(workload, Job) else None
        sets = tuple(self._by_owner.get((kind, name), ()))
        if isinstance(workload, Rollout) and not template.spec.containers and sets:
            template = max(sets, key=lambda each: each.creation_order).spec.template
        if isinstance(workload, CronJob):
            job = max(self._jobs.get(name, ()), key=lambda each: each.creation_order, default=None)
        return Found(
            kind=kind,
            name=name,
            meta=workload.metadata,
            template=template,
            controller=workload,
            pods=self._pods_of_job(job) if isinstance(workload, Job | CronJob) else self._living(kind, name),
            replica_sets=sets,
            job=job,
        )

    def _living(self, kind: str, name: str) -> tuple[Pod, ...]:
        return tuple(filter(counts, self.by_owner.get((kind, name), ())))

    def _pods_of_job(self, job: Job | None) -> tuple[Pod, ...]:
        """Returns the pods that a Job's state depends on: those that run, else of one that is not complete the last."""
        if job is None:
            return ()
        made = self.by_owner.get(("Job", job.name), [])
        if living := tuple(filter(counts, made)):
            return living
        if job.condition("Complete"):
            return ()
        failed = [pod for pod in made if pod.status.phase == "Failed" and pod.metadata.deletion_timestamp is None]
        return tuple(sorted(failed, key=lambda pod: pod.creation_order)[-LAST_PODS:])

    def _of_pods(self, kind: str, name: str) -> Found:
        """Returns a workload as its pods show it."""
        pods = self.by_owner.get((kind, name), [])
        living = tuple(filter(counts, pods))
        newest = max(living or pods, key=lambda pod: pod.creation_order)
        meta = newest.metadata if kind == POD else Meta(name=name, namespace=self.namespace)
        return Found(
            kind=kind,
            name=name,
            meta=meta,
            template=newest.template,
            # A bare pod that failed is what it is about.
            pods=living or (tuple(pods) if kind == POD else ()),
        )


def counts(pod: Pod) -> bool:
    """Whether a pod neither ended nor is being deleted."""
    return pod.status.phase not in ENDED and pod.metadata.deletion_timestamp is None


def _order(found: Found) -> tuple[int, str, str]:
    kinds = list(KINDS)
    return kinds.index(found.kind) if found.kind in kinds else len(kinds), found.kind, found.name


def _matters(found: Found) -> bool:
    """Whether a workload that only pods name is more than ended pods of one that is gone, or a pod that is done."""
    return any(pod.status.phase != "Succeeded" for pod in found.pods)
