"""The target of a run: one workload with its pods, and its dependencies as its own objects describe them."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

import msgspec

from diagnose.commands.owner import Owner
from diagnose.model.report import TargetFacts
from diagnose.queries.manifest import Manifest
from diagnose.resources import (
    REVISION_HASH,
    Container,
    CronJob,
    DaemonSet,
    Deployment,
    Job,
    Pod,
    PodTemplate,
    ReplicaSet,
    StatefulSet,
    Workload,
)
from diagnose.resources.meshes import PROXIES, restored_from
from diagnose.target import last_release
from diagnose.target.facts import NOTHING_KNOWN, DatabaseFacts, Facts, TemporalFacts
from diagnose.target.ownership import POD, owner_by_labels
from diagnose.target.profile import Profile
from diagnose.target.recognition import Role
from diagnose.target.request import Request
from diagnose.text import times

VAULT = "vault.hashicorp.com/"
# What the injector parses as true.
TRUE = frozenset({"1", "t", "true"})
REVISION = "deployment.kubernetes.io/revision"


class VaultFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the agent renders according to annotations."""

    name: str
    path: str
    template: str
    destination: str


class VaultFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The Vault settings of the pod template.

    Attributes:
        inject: the text of the annotation, None without one.
        namespace: Vault's own namespace (Enterprise, HCP) by annotation or agents, "" where they name none.
        sourced: files below the secrets folder that the container's command reads.
    """

    inject: str | None
    role: str
    auth_path: str
    address: str
    files: tuple[VaultFile, ...]
    sourced: tuple[str, ...]
    namespace: str = ""

    @property
    def requested(self) -> bool:
        """Whether the template requests injection, by a value that counts as true."""
        return (self.inject or "").lower() in TRUE

    @property
    def used(self) -> bool:
        """Whether the workload uses Vault at all."""
        return self.inject is not None or bool(self.files) or bool(self.sourced)


class GitOpsController(msgspec.Struct, frozen=True, kw_only=True):
    """The controller that syncs the workload from Git, and so reverts what is changed in the cluster.

    Attributes:
        tool: "Argo CD" or "Flux".
        kind, namespace, name: the object that configures it; a namespace of "" is unknown.
    """

    tool: str
    kind: str
    namespace: str
    name: str

    @property
    def label(self) -> str:
        """The controller as a sentence names it."""
        return f"{self.tool} {self.kind} {self.namespace}{'/' if self.namespace else ''}{self.name}"


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """The Helm release that the workload's labels name.

    Attributes:
        records: the namespace in which Helm stores its records, where it is not the release's.
        by_helm: whether Helm itself created the object; a tool that only renders charts creates no release.
    """

    name: str
    namespace: str
    chart: str
    revision: str
    records: str = ""
    by_helm: bool = True


class LastChange(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of an object: its field manager and time."""

    by: str
    at: datetime


class Target(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One workload, as its live objects describe it.

    Attributes:
        request: what the user requested; before a deploy, the pods are those of the previous version.
        kind: the kind of the workload, also one that is not known here; "Pod" where one pod was requested, or
            where Deployments may not be listed.
        controller: the object that makes the pods; None where it may not be listed, or the pod has none.
        job: the Job itself, or the newest one of a CronJob.
        pods: those that neither ended nor are being deleted; a single requested pod in whatever state.
        template: what new pods are created from (of a single pod: the pod itself).
        container: the worker's container in the template.
        is_single_pod: whether one pod was requested by name.
        inaccessible: which of the workload's own objects could not be listed, and why.
        manifest: what is to be deployed, where the user gave it; template and container come from it then.
        gitops: the controller that reverts changes not made in Git, None where none is known.
        changed: the last change of the workload, None where none is known.
        service_hosts: those of its hosts that name a Service only because such a Service exists.
        profile_reason: what the profile was chosen by.
        namespace_exists: whether its namespace exists; False only before a first deploy.
        remark: what the request named where that is not the target, and why this is.
        database, temporal: the servers as far as they are known well enough for queries, None otherwise.
        known: all facts, each with its source, or why it is not known.
        changed_values: when the ConfigMaps that variables are from were last changed, by the variable.
        role: whether it is a worker of Temporal, a client, or neither.
    """

    request: Request
    profile: Profile
    kind: str
    name: str
    controller: Workload | None
    replica_sets: tuple[ReplicaSet, ...]
    pods: tuple[Pod, ...]
    template: PodTemplate
    container: Container
    database: DatabaseFacts | None
    temporal: TemporalFacts | None
    vault: VaultFacts
    release: Release | None
    job: Job | None = None
    is_single_pod: bool = False
    inaccessible: tuple[str, ...] = ()
    manifest: Manifest | None = None
    gitops: GitOpsController | None = None
    changed: LastChange | None = None
    service_hosts: frozenset[str] = frozenset()
    profile_reason: str = ""
    remark: str = ""
    namespace_exists: bool = True
    known: Facts = NOTHING_KNOWN
    changed_values: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    role: Role = Role.NEITHER

    @property
    def deployment(self) -> Deployment | None:
        """The Deployment that makes the pods; None where it may not be listed, or another kind makes them."""
        return self.controller if isinstance(self.controller, Deployment) else None

    @property
    def stateful_set(self) -> StatefulSet | None:
        """The StatefulSet that makes the pods, None where another kind does."""
        return self.controller if isinstance(self.controller, StatefulSet) else None

    @property
    def cron_job(self) -> CronJob | None:
        """The CronJob that starts the pods' Jobs, None where another kind makes them."""
        return self.controller if isinstance(self.controller, CronJob) else None

    @property
    def replicas(self) -> int | None:
        """The number of pods that should run now, None where no object states one."""
        return self.controller.desired if self.controller else None

    @property
    def label(self) -> str:
        """The workload as a sentence names it."""
        return f"{self.owner.kind} {self.owner.name}" if self.profile.is_generic else f"the {self.profile.noun}"

    @property
    def idle(self) -> str:
        """Why no pod has to run now, "" where one has."""
        controller, job = self.controller, self.job
        if self.is_single_pod and job:
            return ""
        if isinstance(controller, CronJob | Job) and controller.spec.suspend:
            return "suspended"
        if isinstance(controller, CronJob) and job is None:
            return "no Job exists so far"
        if job and job.condition("Complete"):
            return "complete" if job is controller else f"its last Job, {job.name}, is complete"
        if self.replicas == 0:
            return "no node is meant to run it" if isinstance(controller, DaemonSet) else "scaled to 0"
        return ""

    @property
    def namespace(self) -> str:
        """The workload's namespace."""
        return self.request.namespace

    @property
    def workflows(self) -> str:
        """The namespace of the workflows that build and deploy it, "" where it has none."""
        return self.request.workflows or self.profile.workflows.namespace

    @property
    def workload(self) -> str:
        """The name of the Deployment, or of the pod where none is known."""
        return self.deployment.name if self.is_single_pod and self.deployment else self.name

    @cached_property
    def owner(self) -> Owner:
        """The owner of the pods: the workload; of a single pod what made it, or itself."""
        if self.controller is not None and self.is_single_pod:
            return Owner(self.controller.kind, self.controller.name, self.namespace)
        if not self.is_single_pod:
            # Pods that only a label joins are taken for those of a Deployment.
            return Owner("Deployment" if self.kind == "Pod" else self.kind, self.name, self.namespace)
        kind, name = owner_by_labels(self.template.metadata)
        return Owner(kind, self.name if kind == POD else name, self.namespace)

    @cached_property
    def current_replica_set(self) -> ReplicaSet | None:
        """The ReplicaSet of the Deployment's current template."""
        if self.deployment is None:
            return None
        revision = self.deployment.metadata.annotations.get(REVISION)
        return next((each for each in self.replica_sets if each.metadata.annotations.get(REVISION) == revision), None)

    @cached_property
    def current_pods(self) -> tuple[Pod, ...]:
        """The pods of the current template; none of one that is not deployed yet."""
        if self.manifest is not None:
            return ()
        if isinstance(self.controller, StatefulSet) and (revision := self.controller.status.update_revision):
            return tuple(pod for pod in self.pods if pod.metadata.labels.get(REVISION_HASH) in {None, revision})
        current = self.current_replica_set
        if current is None:
            return self.pods
        return tuple(
            pod for pod in self.pods if any(owner.name == current.name for owner in pod.metadata.owner_references)
        )

    @cached_property
    def ready_pods(self) -> tuple[Pod, ...]:
        """The pods that are ready."""
        return tuple(pod for pod in self.pods if pod.ready)

    @cached_property
    def sidecars(self) -> tuple[Container, ...]:
        """The containers next to the worker's, injected ones included; not those of Vault agents and meshes."""
        specs = (self.template.spec, *(pod.spec for pod in self.pods))
        found = {each.name: each for spec in specs for each in spec.running_containers}
        found.pop(self.container.name, None)
        return tuple(each for name, each in found.items() if name not in PROXIES and not name.startswith("vault-agent"))

    @property
    def declared(self) -> PodTemplate:
        """What new pods are made from; of a single pod its owner's template, without what was injected into it."""
        if not self.is_single_pod:
            return self.template
        if self.deployment:
            return self.replica_sets[0].spec.template if self.replica_sets else self.template
        owner = self.job or self.controller
        return owner.template if owner else self.template

    def worker_container(self, pod: Pod) -> Container:
        """The worker's container in a pod, which may be of an older template, with the probes of its own program."""
        # By identity: the target holds its pods, so no other one has the id of one of them.
        return self._worker_containers.get(id(pod)) or self._worker_container(pod)

    @cached_property
    def _worker_containers(self) -> dict[int, Container]:
        return {id(pod): self._worker_container(pod) for pod in self.pods}

    def _worker_container(self, pod: Pod) -> Container:
        name = self.container.name
        found = next((each for each in pod.spec.containers if each.name == name), None)
        if found is None:
            return pod.main_container if pod.spec.containers else self.container
        proxies = {each.name for each in pod.spec.all_containers if each.name in PROXIES}
        if not proxies:
            return found
        injected = proxies.difference(each.name for each in self.template.spec.all_containers)
        return restored_from(found, self.container) if injected else found

    def pods_with_same(self, *variables: str) -> tuple[str, ...]:
        """Returns the names of pods whose environment has the template's values of these variables."""
        if variables not in self._pods_with_same:
            self._pods_with_same[variables] = self._with_same(variables)
        return self._pods_with_same[variables]

    @cached_property
    def _pods_with_same(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        return {}

    def _with_same(self, variables: tuple[str, ...]) -> tuple[str, ...]:
        expected = [self.container.variable(name) for name in variables]
        changed = max((self.changed_values[name] for name in variables if name in self.changed_values), default=None)

        def is_same(pod: Pod) -> bool:
            started = self.worker_started(pod) if changed else None
            if changed and started and started < changed:
                return False
            return [self.worker_container(pod).variable(name) for name in variables] == expected

        return tuple(pod.name for pod in self.pods if is_same(pod))

    def worker_started(self, pod: Pod) -> datetime | None:
        """Returns since when the worker's container runs in a pod, None where it does not run."""
        status = pod.container_status(self.worker_container(pod).name)
        return status.state.running.started_at if status and status.state.running else None

    @property
    def facts(self) -> TargetFacts:
        """The target as a report names it."""
        return TargetFacts(
            context=self.request.context,
            namespace=self.namespace,
            profile=self.profile.name,
            workload_kind=self.kind,
            workload_name=self.name,
            # Those of the version before are not what is to be deployed.
            pods=() if self.manifest else tuple(pod.name for pod in self.pods),
            release=self._release_facts,
            profile_reason=self.profile_reason,
            label=self.label,
            remark=self.remark,
            facts=self.known.plain,
        )

    @property
    def rolled_back(self) -> str:
        """That the current template is older than a later one, as text; "" where it is the latest."""
        return last_release.rolled_back(self.current_replica_set, self.replica_sets, self.container.name)

    @property
    def _changed_by_hand(self) -> str:
        return last_release.changed_by_hand(self.controller.metadata) if self.controller else ""

    @property
    def _rolled_out(self) -> datetime | None:
        """When the last rollout was complete; None where one is in progress, or unknown."""
        conditions = self.deployment.status.conditions if self.deployment else ()
        return next((each.last_update_time for each in conditions if each.reason == "NewReplicaSetAvailable"), None)

    @property
    def _release_facts(self) -> dict[str, str]:
        release = self.release
        named = {"name": release.name, "chart": release.chart, "revision": release.revision} if release else {}
        known = named | {
            "managed_by": self.gitops.label if self.gitops else "",
            "rolled_out": times.to_text(self._rolled_out) if self._rolled_out else "",
            "changed": f"{times.to_text(self.changed.at)} by {self.changed.by}" if self.changed else "",
            "rolled_back": self.rolled_back,
            "by_hand": self._changed_by_hand,
        }
        return {key: value for key, value in known.items() if value}
