"""Kubernetes objects, as much of them as checks read; the decoder drops the rest unseen.

The names are the API's own (docs: https://kubernetes.io/docs/reference/kubernetes-api/), in Python's spelling.
Secrets are not among them, on purpose.
"""

from datetime import datetime
from typing import ClassVar

import msgspec


class Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A piece of a Kubernetes object."""


class OwnerReference(Part, frozen=True):
    """Which object made this one."""

    kind: str
    name: str


class Meta(Part, frozen=True):
    """`metadata`."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()


class Object(Part, frozen=True):
    """An object with a name; `group` and `plural` say where the API lists it."""

    group: ClassVar[str]
    plural: ClassVar[str]
    namespaced: ClassVar[bool] = True

    metadata: Meta = Meta()

    @property
    def name(self) -> str:
        """The object's own name."""
        return self.metadata.name


class Selector(Part, frozen=True):
    """A label selector."""

    match_labels: dict[str, str] = {}


class KeyRef(Part, frozen=True):
    """A key of a Secret or ConfigMap, by name: never its value."""

    name: str = ""
    key: str = ""
    optional: bool = False


class EnvSource(Part, frozen=True):
    """Where a variable's value comes from."""

    secret_key_ref: KeyRef | None = None
    config_map_key_ref: KeyRef | None = None


class EnvVar(Part, frozen=True):
    """One variable of a container; literal values that look secret are masked before anybody sees them."""

    name: str
    value: str = ""
    value_from: EnvSource | None = None


class EnvFrom(Part, frozen=True):
    """A Secret or ConfigMap whose keys all become variables."""

    prefix: str = ""
    secret_ref: KeyRef | None = None
    config_map_ref: KeyRef | None = None


class ContainerPort(Part, frozen=True):
    """A port that a container declares."""

    container_port: int
    name: str = ""
    host_port: int = 0


class HttpGet(Part, frozen=True):
    """The question of an HTTP probe."""

    port: int | str
    path: str = "/"
    scheme: str = "HTTP"


class Probe(Part, frozen=True):
    """A liveness, readiness or startup probe; times in seconds."""

    http_get: HttpGet | None = None
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    failure_threshold: int = 3


class Resources(Part, frozen=True):
    """Requests and limits, in Kubernetes' own notation ("500m", "1Gi")."""

    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class VolumeMount(Part, frozen=True):
    """Where a container sees a volume."""

    name: str
    mount_path: str
    sub_path: str = ""


class ExecCommand(Part, frozen=True):
    """A command that the kubelet runs in a container."""

    command: tuple[str, ...] = ()


class Handler(Part, frozen=True):
    """What a hook does; hooks that ask over the network are not read."""

    exec_: ExecCommand | None = msgspec.field(default=None, name="exec")


class Lifecycle(Part, frozen=True):
    """The hooks of a container."""

    post_start: Handler | None = None


class Container(Part, frozen=True):
    """A container as wanted."""

    name: str
    image: str = ""
    image_pull_policy: str = ""
    lifecycle: Lifecycle | None = None
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    resources: Resources = Resources()
    volume_mounts: tuple[VolumeMount, ...] = ()
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None

    def variable(self, name: str) -> EnvVar | None:
        """The variable of that name; of duplicates the last, as the kubelet does."""
        found = [variable for variable in self.env if variable.name == name]
        return found[-1] if found else None


class Named(Part, frozen=True):
    """A reference by name."""

    name: str = ""


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


class Volume(Part, frozen=True):
    """A volume of a pod and what it is made from; kinds that no check asks for are not read."""

    name: str
    empty_dir: EmptyDir | None = None
    persistent_volume_claim: ClaimRef | None = None
    config_map: Named | None = None
    secret: SecretVolume | None = None


class Toleration(Part, frozen=True):
    """A taint that a pod puts up with."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class Spread(Part, frozen=True):
    """A rule that spreads pods over nodes, zones or the like."""

    topology_key: str = ""


class HostAlias(Part, frozen=True):
    """A line of a pod's own hosts file."""

    ip: str = ""
    hostnames: tuple[str, ...] = ()


class DnsConfig(Part, frozen=True):
    """What a pod asks of name servers besides, or with the policy None instead of, the cluster's own."""

    nameservers: tuple[str, ...] = ()


class PodSpec(Part, frozen=True):
    """A pod as wanted."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    service_account_name: str = ""
    node_name: str = ""
    node_selector: dict[str, str] = {}
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

    @property
    def last_end(self) -> Terminated | None:
        """How it ended last, whether or not it was started again since; None where it never ended."""
        return self.state.terminated or self.last_state.terminated


class Condition(Part, frozen=True):
    """A condition of an object."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None
    last_update_time: datetime | None = None


class PodStatus(Part, frozen=True):
    """A pod as it is."""

    phase: str = ""
    reason: str = ""
    message: str = ""
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


class DeploymentSpec(Part, frozen=True):
    """A Deployment as wanted."""

    replicas: int = 1
    paused: bool = False
    progress_deadline_seconds: int = 600
    selector: Selector = Selector()
    template: PodTemplate = PodTemplate()


class WorkloadStatus(Part, frozen=True):
    """A Deployment or ReplicaSet as it is."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    conditions: tuple[Condition, ...] = ()


class Deployment(Object, frozen=True):
    """A Deployment."""

    group = "/apis/apps/v1"
    plural = "deployments"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class StatefulSet(Object, frozen=True):
    """A StatefulSet."""

    group = "/apis/apps/v1"
    plural = "statefulsets"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class ReplicaSetSpec(Part, frozen=True):
    """A ReplicaSet as wanted."""

    replicas: int = 1
    template: PodTemplate = PodTemplate()


class ReplicaSet(Object, frozen=True):
    """A ReplicaSet."""

    group = "/apis/apps/v1"
    plural = "replicasets"
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: WorkloadStatus = WorkloadStatus()
