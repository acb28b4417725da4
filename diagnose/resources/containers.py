"""Containers of a pod, with their variables, probes and resources."""

import msgspec

from diagnose.resources.metadata import Part

ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the token of a pod's service account is mounted."""


class KeyRef(Part, frozen=True):
    """A reference to a Secret or ConfigMap, or to a key of it, never with its value."""

    name: str = ""
    key: str = ""
    optional: bool = False


class EnvSource(Part, frozen=True):
    """The source of a variable's value."""

    secret_key_ref: KeyRef | None = None
    config_map_key_ref: KeyRef | None = None


class EnvVar(Part, frozen=True):
    """A variable of a container; a literal value that looks like a secret is masked on decoding."""

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


class HttpHeader(Part, frozen=True):
    """A header of an HTTP probe, of which the value is not read."""

    name: str = ""


class HttpGet(Part, frozen=True):
    """The request of an HTTP probe, to the pod itself where it names no host."""

    port: int | str
    path: str = "/"
    scheme: str = "HTTP"
    host: str = ""
    http_headers: tuple[HttpHeader, ...] = ()

    def __post_init__(self) -> None:
        """Completes the path, as the kubelet does."""
        if not self.path.startswith("/"):
            msgspec.structs.force_setattr(self, "path", f"/{self.path}")

    @property
    def is_plain(self) -> bool:
        """Whether a GET inside the pod without more than the path gets the same answer."""
        return self.scheme.upper() in {"", "HTTP"} and not self.host and not self.http_headers


class TcpSocket(Part, frozen=True):
    """The connection of a TCP probe."""

    port: int | str
    host: str = ""


class GrpcAction(Part, frozen=True):
    """The health request of a gRPC probe; without a service it is about the whole server."""

    port: int
    service: str = ""


class ExecCommand(Part, frozen=True):
    """A command that the kubelet runs in a container."""

    command: tuple[str, ...] = ()


class Probe(Part, frozen=True):
    """A liveness, readiness or startup probe, with one of four actions; times in seconds."""

    http_get: HttpGet | None = None
    tcp_socket: TcpSocket | None = None
    grpc: GrpcAction | None = None
    exec_: ExecCommand | None = msgspec.field(default=None, name="exec")
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    failure_threshold: int = 3

    def __post_init__(self) -> None:
        """Replaces zeros by the defaults, as the API server does."""
        for name, default in (("period_seconds", 10), ("timeout_seconds", 1), ("failure_threshold", 3)):
            if not getattr(self, name):
                msgspec.structs.force_setattr(self, name, default)

    @property
    def patience_s(self) -> int:
        """After how many seconds it has finally failed, if it never succeeds."""
        return self.initial_delay_seconds + self.period_seconds * self.failure_threshold


class Resources(Part, frozen=True):
    """Requests and limits, as Kubernetes quantities ("500m", "1Gi")."""

    requests: dict[str, str] = msgspec.field(default_factory=dict)
    limits: dict[str, str] = msgspec.field(default_factory=dict)


class VolumeMount(Part, frozen=True):
    """The mount of a volume in a container."""

    name: str
    mount_path: str
    sub_path: str = ""


class Sleep(Part, frozen=True):
    """A hook that only waits."""

    seconds: int = 0


class Handler(Part, frozen=True):
    """The action of a hook; HTTP and TCP hooks are not read."""

    exec_: ExecCommand | None = msgspec.field(default=None, name="exec")
    sleep: Sleep | None = None


class Lifecycle(Part, frozen=True):
    """The hooks of a container."""

    post_start: Handler | None = None
    pre_stop: Handler | None = None


class Capabilities(Part, frozen=True):
    """Linux capabilities that a container adds to or drops from the runtime's default."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class SeccompProfile(Part, frozen=True):
    """A seccomp profile."""

    type: str = ""


class SecurityContext(Part, frozen=True):
    """The security context of a container; None means unset, so that the image or the pod decides."""

    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    capabilities: Capabilities = Capabilities()
    seccomp_profile: SeccompProfile | None = None


class Container(Part, frozen=True):
    """The spec of a container."""

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
    security_context: SecurityContext = SecurityContext()
    restart_policy: str = ""
    working_dir: str = ""
    stdin: bool = False
    tty: bool = False

    @property
    def is_sidecar(self) -> bool:
        """Whether an init container keeps running next to the others, which wait only for its start.

        (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/)
        """
        return self.restart_policy == "Always"

    @property
    def shows_its_start(self) -> bool:
        """Whether a probe shows that its program has started; else it is ready as soon as it runs."""
        return bool(self.readiness_probe or self.startup_probe)

    @property
    def start_patience_s(self) -> int:
        """For how many seconds its probes let its start last; 0 without any."""
        if self.startup_probe:
            return self.startup_probe.patience_s
        probes = (self.liveness_probe, self.readiness_probe)
        return max((each.patience_s for each in probes if each), default=0)

    def mount_at(self, path: str) -> VolumeMount | None:
        """Returns the mount that contains a path: of several the deepest."""
        inside = [each for each in self.volume_mounts if f"{path}/".startswith(f"{each.mount_path.rstrip('/')}/")]
        return max(inside, key=lambda each: len(each.mount_path), default=None)

    def variable(self, name: str) -> EnvVar | None:
        """Returns the variable of that name; of duplicates the last, as the kubelet does."""
        found = [variable for variable in self.env if variable.name == name]
        return found[-1] if found else None
