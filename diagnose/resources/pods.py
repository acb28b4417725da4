"""Pods: as wanted, and as they are."""

from datetime import datetime

import msgspec

from diagnose.resources.containers import Container, SeccompProfile
from diagnose.resources.metadata import Condition, FullSelector, Meta, Named, Object, Part


class EmptyDir(Part, frozen=True):
    """A volume that begins empty; on medium "Memory" it counts as memory of the pod."""

    medium: str = ""
    size_limit: str = ""


class ClaimRef(Part, frozen=True):
    """Which PersistentVolumeClaim a volume is."""

    claim_name: str = ""


class SecretVolume(Part, frozen=True):
    """The Secret that a volume is made from."""

    secret_name: str = ""
    optional: bool = False


class ConfigVolume(Part, frozen=True):
    """The ConfigMap that a volume is made from."""

    name: str = ""
    optional: bool = False


class HostPath(Part, frozen=True):
    """A file or folder of the node itself."""

    path: str = ""


class Volume(Part, frozen=True):
    """A volume of a pod and what it is made from; kinds that no check asks for are not read."""

    name: str
    empty_dir: EmptyDir | None = None
    persistent_volume_claim: ClaimRef | None = None
    config_map: ConfigVolume | None = None
    secret: SecretVolume | None = None
    host_path: HostPath | None = None


class Toleration(Part, frozen=True):
    """A taint that a pod puts up with."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class Spread(Part, frozen=True):
    """A rule that spreads pods over nodes, zones or the like; it is binding unless it says ScheduleAnyway."""

    topology_key: str = ""
    when_unsatisfiable: str = "DoNotSchedule"


class HostAlias(Part, frozen=True):
    """A line of a pod's own hosts file."""

    ip: str = ""
    hostnames: tuple[str, ...] = ()


class DnsConfig(Part, frozen=True):
    """What a pod asks of name servers besides, or with the policy None instead of, the cluster's own."""

    nameservers: tuple[str, ...] = ()


class PodSecurityContext(Part, frozen=True):
    """What holds for all containers of a pod that do not say otherwise."""

    run_as_user: int | None = None
    run_as_non_root: bool | None = None
    fs_group: int | None = None
    seccomp_profile: SeccompProfile | None = None


class AffinityTerm(Part, frozen=True):
    """Pods that one wants to be near to or away from, within one node, zone or the like."""

    topology_key: str = ""
    label_selector: FullSelector = FullSelector()


class WeightedTerm(Part, frozen=True):
    """A wish of some weight."""

    weight: int = 0
    pod_affinity_term: AffinityTerm = AffinityTerm()


class AntiAffinity(Part, frozen=True):
    """Which pods must not, or should not, share a node or zone with this one."""

    required: tuple[AffinityTerm, ...] = msgspec.field(
        default=(), name="requiredDuringSchedulingIgnoredDuringExecution"
    )
    preferred: tuple[WeightedTerm, ...] = msgspec.field(
        default=(), name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class Affinity(Part, frozen=True):
    """Where a pod must or should run; of nodes nothing is read."""

    pod_anti_affinity: AntiAffinity | None = None


class PodSpec(Part, frozen=True):
    """A pod as wanted."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    service_account_name: str = ""
    node_name: str = ""
    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    image_pull_secrets: tuple[Named, ...] = ()
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


class Waiting(Part, frozen=True):
    """Why a container does not run yet."""

    reason: str = ""
    message: str = ""


class Running(Part, frozen=True):
    """Since when a container runs."""

    started_at: datetime | None = None


class Terminated(Part, frozen=True):
    """How a container ended."""

    exit_code: int = 0
    reason: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ContainerState(Part, frozen=True):
    """Exactly one of the three is set; none means waiting."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Part, frozen=True):
    """A container as it is."""

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
        """How it ended last, whether or not it was started again since; None where it never ended."""
        return self.state.terminated or self.last_state.terminated


class PodStatus(Part, frozen=True):
    """A pod as it is."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    qos_class: str = ""
    start_time: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()


class Pod(Object, frozen=True):
    """A pod."""

    group = "/api/v1"
    plural = "pods"
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    def container_status(self, name: str) -> ContainerStatus | None:
        """The status of the container of that name, init containers included."""
        for status in (*self.status.container_statuses, *self.status.init_container_statuses):
            if status.name == name:
                return status
        return None

    def condition(self, kind: str) -> Condition | None:
        """The condition of that type."""
        return next((each for each in self.status.conditions if each.type == kind), None)

    @property
    def ready(self) -> bool:
        """Whether the pod counts as ready."""
        found = self.condition("Ready")
        return found is not None and found.status == "True" and self.metadata.deletion_timestamp is None


class PodTemplate(Part, frozen=True):
    """What a workload makes its pods from."""

    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()
