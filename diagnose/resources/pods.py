"""Pods: spec and status."""

from collections.abc import Iterator
from itertools import chain

import msgspec

from diagnose.resources.containers import Container, KeyRef, Resources, SeccompProfile
from diagnose.resources.meshes import PROXIES, restored
from diagnose.resources.metadata import Condition, Meta, Object, Part, Reference, Time
from diagnose.resources.selectors import Selector, SelectorRule

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
FILE_MODE = 0o644
"""The mode of files of Secrets and ConfigMaps where none is given; they belong to root."""


class EmptyDir(Part, frozen=True):
    """An emptyDir volume; with medium "Memory" it counts as memory of the pod."""

    medium: str = ""
    size_limit: str = ""


class ClaimRef(Part, frozen=True):
    """The PersistentVolumeClaim of a volume."""

    claim_name: str = ""


class KeyToPath(Part, frozen=True):
    """A key that becomes a file of a volume; without a mode it has the volume's."""

    key: str = ""
    path: str = ""
    mode: int | None = None


class SecretVolume(Part, frozen=True):
    """The Secret of a volume."""

    secret_name: str = ""
    optional: bool = False
    default_mode: int = FILE_MODE
    items: tuple[KeyToPath, ...] = ()


class MapVolume(KeyRef, frozen=True):
    """The ConfigMap of a volume."""

    default_mode: int = FILE_MODE
    items: tuple[KeyToPath, ...] = ()


class ProjectedPart(Part, frozen=True):
    """A Secret or ConfigMap of which a projected volume has files."""

    name: str = ""
    items: tuple[KeyToPath, ...] = ()


class Projection(Part, frozen=True):
    """A source of a projected volume; tokens and facts of the pod are not read."""

    secret: ProjectedPart | None = None
    config_map: ProjectedPart | None = None


class ProjectedVolume(Part, frozen=True):
    """A volume with files of several sources."""

    default_mode: int = FILE_MODE
    sources: tuple[Projection, ...] = ()


class HostPath(Part, frozen=True):
    """A file or directory of the node."""

    path: str = ""


class Volume(Part, frozen=True):
    """A volume of a pod and its source; kinds that no check uses are not read."""

    name: str
    empty_dir: EmptyDir | None = None
    persistent_volume_claim: ClaimRef | None = None
    config_map: MapVolume | None = None
    secret: SecretVolume | None = None
    projected: ProjectedVolume | None = None
    host_path: HostPath | None = None


class Toleration(Part, frozen=True):
    """A toleration of a pod."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class Spread(Part, frozen=True):
    """A topology spread constraint; it is binding unless `when_unsatisfiable` is ScheduleAnyway."""

    topology_key: str = ""
    when_unsatisfiable: str = "DoNotSchedule"


class HostAlias(Part, frozen=True):
    """An entry of a pod's hosts file."""

    ip: str = ""
    hostnames: tuple[str, ...] = ()


class DnsConfig(Part, frozen=True):
    """Name servers and search domains of a pod beside the cluster's, or instead of them with the DNS policy None."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()


class Sysctl(Part, frozen=True):
    """A parameter of the kernel that a pod sets for itself."""

    name: str = ""
    value: str = ""


class PodSecurityContext(Part, frozen=True):
    """The security context of a pod, which its containers may override."""

    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    fs_group: int | None = None
    supplemental_groups: tuple[int, ...] = ()
    seccomp_profile: SeccompProfile | None = None
    sysctls: tuple[Sysctl, ...] = ()


class AffinityTerm(Part, frozen=True):
    """A term that selects pods within one node, zone or other topology domain."""

    topology_key: str = ""
    label_selector: Selector | None = None


class WeightedTerm(Part, frozen=True):
    """A preferred term with its weight."""

    weight: int = 0
    pod_affinity_term: AffinityTerm = AffinityTerm()


class AntiAffinity(Part, frozen=True):
    """Pods that must not, or should not, share a node or zone with this one."""

    required: tuple[AffinityTerm, ...] = msgspec.field(
        default=(), name="requiredDuringSchedulingIgnoredDuringExecution"
    )
    preferred: tuple[WeightedTerm, ...] = msgspec.field(
        default=(), name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class NodeTerm(Part, frozen=True):
    """Expressions about a node that must all hold; a term without any matches no node."""

    match_expressions: tuple[SelectorRule, ...] = ()
    match_fields: tuple[SelectorRule, ...] = ()


class NodeTerms(Part, frozen=True):
    """Terms about a node of which one must hold."""

    node_selector_terms: tuple[NodeTerm, ...] = ()


class NodeAffinity(Part, frozen=True):
    """The nodes on which a pod must run."""

    required: NodeTerms | None = msgspec.field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class Affinity(Part, frozen=True):
    """The affinity of a pod."""

    pod_anti_affinity: AntiAffinity | None = None
    node_affinity: NodeAffinity | None = None


class PodSpec(Part, frozen=True):
    """The spec of a pod."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    service_account_name: str = ""
    node_name: str = ""
    hostname: str = ""
    subdomain: str = ""
    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    image_pull_secrets: tuple[Reference, ...] = ()
    automount_service_account_token: bool | None = None
    tolerations: tuple[Toleration, ...] = ()
    volumes: tuple[Volume, ...] = ()
    topology_spread_constraints: tuple[Spread, ...] = ()
    scheduler_name: str = ""
    enable_service_links: bool | None = None
    host_aliases: tuple[HostAlias, ...] = ()
    dns_policy: str = ""
    dns_config: DnsConfig | None = None
    security_context: PodSecurityContext = PodSecurityContext()
    affinity: Affinity | None = None
    host_network: bool = False
    host_pid: bool = msgspec.field(default=False, name="hostPID")
    priority_class_name: str = ""
    termination_grace_period_seconds: int = 30
    host_ipc: bool = msgspec.field(default=False, name="hostIPC")
    resources: Resources = Resources()
    overhead: dict[str, str] = msgspec.field(default_factory=dict)
    restart_policy: str = "Always"
    set_hostname_as_fqdn: bool | None = msgspec.field(default=None, name="setHostnameAsFQDN")
    share_process_namespace: bool | None = None
    runtime_class_name: str = ""
    host_users: bool | None = None
    active_deadline_seconds: int | None = None

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """The containers, the init containers first."""
        return (*self.init_containers, *self.containers)

    @property
    def running_containers(self) -> tuple[Container, ...]:
        """The containers that run for the whole life of the pod, the sidecars among the init containers included."""
        return (*(each for each in self.init_containers if each.is_sidecar), *self.containers)

    def container(self, name: str) -> Container | None:
        """Returns the container of that name, including init containers."""
        return next((each for each in self.all_containers if each.name == name), None)

    def image(self, container: str) -> str:
        """Returns the image of a container, "" without such a container."""
        found = self.container(container)
        return found.image if found else ""

    def limit(self, container: str, resource: str) -> str:
        """Returns the limit of a container for a resource, "" where it has none."""
        found = self.container(container)
        return found.resources.limits.get(resource, "") if found else ""

    def referred(self, kind: str) -> Iterator[str]:
        """Yields the names of the ConfigMaps or Secrets that variables and volumes are from."""
        of_secret = kind == "Secret"
        for container in self.all_containers:
            sources = [each.value_from for each in container.env if each.value_from]
            sets = [each.secret_ref if of_secret else each.config_map_ref for each in container.env_from]
            keys = [each.secret_key_ref if of_secret else each.config_map_key_ref for each in sources]
            yield from (each.name for each in (*sets, *keys) if each)
        for volume in self.volumes:
            if of_secret and volume.secret:
                yield volume.secret.secret_name
            elif not of_secret and volume.config_map:
                yield volume.config_map.name


class Waiting(Part, frozen=True):
    """The state of a waiting container."""

    reason: str = ""
    message: str = ""


class Running(Part, frozen=True):
    """The state of a running container."""

    started_at: Time | None = None


class Terminated(Part, frozen=True):
    """The state of a terminated container."""

    exit_code: int = 0
    reason: str = ""
    message: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None


class ContainerState(Part, frozen=True):
    """The state of a container: exactly one of the three is set; none means waiting."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Part, frozen=True):
    """The status of a container."""

    name: str
    ready: bool = False
    restart_count: int = 0
    image: str = ""
    image_id: str = msgspec.field(default="", name="imageID")
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()
    started: bool | None = None

    @property
    def last_end(self) -> Terminated | None:
        """Its last termination, whether or not it has been restarted since; None where it never terminated."""
        return self.state.terminated or self.last_state.terminated


class PodStatus(Part, frozen=True):
    """The status of a pod."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    start_time: Time | None = None
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()

    @property
    def all_container_statuses(self) -> tuple[ContainerStatus, ...]:
        """The statuses of the containers, those of the init containers first."""
        return (*self.init_container_statuses, *self.container_statuses)


class PodTemplate(Part, frozen=True):
    """The pod template of a workload."""

    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()

    @property
    def main_container(self) -> Container:
        """The container of its own program: the one that kubectl takes, else the first one that is no mesh's proxy."""
        containers = self.spec.containers
        default = self.metadata.annotations.get(DEFAULT_CONTAINER)
        named = (each for each in containers if each.name == default)
        own = (each for each in containers if each.name not in PROXIES)
        return next(chain(named, own, containers), Container(name=""))


class Pod(Object, frozen=True):
    """A pod."""

    group = "/api/v1"
    plural = "pods"
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    def __post_init__(self) -> None:
        """Restores the probes of its programs, where a service mesh sends them to its proxy."""
        own, initial = self.spec.containers, self.spec.init_containers
        changes = {"containers": restored(own, initial), "init_containers": restored(initial, own)}
        if changes["containers"] is not own or changes["init_containers"] is not initial:
            msgspec.structs.force_setattr(self, "spec", msgspec.structs.replace(self.spec, **changes))

    def container_status(self, name: str) -> ContainerStatus | None:
        """Returns the status of the container of that name, including init containers."""
        for each in self.status.all_container_statuses:
            if each.name == name:
                return each
        return None

    @property
    def template(self) -> PodTemplate:
        """What it was made from, with what was injected since."""
        return PodTemplate(self.metadata, self.spec)

    @property
    def main_container(self) -> Container:
        """The container of its own program."""
        return self.template.main_container

    @property
    def running_statuses(self) -> tuple[ContainerStatus, ...]:
        """The statuses of the containers that run side by side, once it is initialized those of its sidecars, too."""
        done = self.condition("Initialized")
        started = done is not None and done.status == "True"
        sidecars = {each.name for each in self.spec.init_containers if each.is_sidecar and started}
        return (
            *(each for each in self.status.init_container_statuses if each.name in sidecars),
            *self.status.container_statuses,
        )

    @property
    def job(self) -> str:
        """The name of the Job that made it, "" where none did."""
        return next((owner.name for owner in self.metadata.owner_references if owner.kind == "Job"), "")

    def condition(self, kind: str) -> Condition | None:
        """Returns the condition of that type."""
        # A loop, because this is read of each of many pods again and again.
        for each in self.status.conditions:
            if each.type == kind:
                return each
        return None

    @property
    def ready(self) -> bool:
        """Whether the pod is ready and not being deleted."""
        found = self.condition("Ready")
        return found is not None and found.status == "True" and self.metadata.deletion_timestamp is None
