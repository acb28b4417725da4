"""Metadata of Kubernetes objects, and references between them."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

import msgspec

from diagnose.text.times import EARLIEST

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as the API writes it, always with its zone; one without is no valid answer."""


class Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """A part of a Kubernetes object; without cycles, so that the garbage collector need not follow the many of them."""


class OwnerReference(Part, frozen=True):
    """A reference to the owner of an object."""

    kind: str
    name: str


RESTARTED = "kubectl.kubernetes.io/restartedAt"
"""The annotation of a pod template that a restart changes."""


class OwnedMeta(Part, frozen=True):
    """The metadata of a pod template that a tool manages; of its annotations only the names."""

    annotations: dict[str, object] = msgspec.field(default_factory=dict, name="f:annotations")


class OwnedTemplate(Part, frozen=True):
    """The fields of a pod template that a tool manages; of its spec only whether there are some."""

    metadata: OwnedMeta = msgspec.field(default=OwnedMeta(), name="f:metadata")
    spec: Part | None = msgspec.field(default=None, name="f:spec")


class OwnedSpec(Part, frozen=True):
    """The fields of a spec that a tool manages, as far as they are read; of most only whether it manages them."""

    template: OwnedTemplate = msgspec.field(default=OwnedTemplate(), name="f:template")
    selector: Part | None = msgspec.field(default=None, name="f:selector")
    ports: Part | None = msgspec.field(default=None, name="f:ports")
    type: Part | None = msgspec.field(default=None, name="f:type")
    external_name: Part | None = msgspec.field(default=None, name="f:externalName")
    internal_traffic_policy: Part | None = msgspec.field(default=None, name="f:internalTrafficPolicy")
    pod_selector: Part | None = msgspec.field(default=None, name="f:podSelector")
    policy_types: Part | None = msgspec.field(default=None, name="f:policyTypes")
    ingress: Part | None = msgspec.field(default=None, name="f:ingress")
    egress: Part | None = msgspec.field(default=None, name="f:egress")
    hard: Part | None = msgspec.field(default=None, name="f:hard")
    limits: Part | None = msgspec.field(default=None, name="f:limits")
    min_replicas: Part | None = msgspec.field(default=None, name="f:minReplicas")
    max_replicas: Part | None = msgspec.field(default=None, name="f:maxReplicas")
    min_available: Part | None = msgspec.field(default=None, name="f:minAvailable")
    max_unavailable: Part | None = msgspec.field(default=None, name="f:maxUnavailable")


class OwnedFields(Part, frozen=True):
    """The fields of an object that a tool manages, as far as they are read; of its data only the names of the keys."""

    spec: OwnedSpec = msgspec.field(default=OwnedSpec(), name="f:spec")
    data: dict[str, Part] | None = msgspec.field(default=None, name="f:data")
    subjects: Part | None = msgspec.field(default=None, name="f:subjects")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, those of the data by their keys alone."""
        owned = msgspec.to_builtins(self)
        keys = [key for part in ("f:data", "f:spec") for key in owned.get(part, {})]
        keys += ["f:subjects"] if self.subjects else []
        return tuple(sorted(key.removeprefix("f:") for key in keys if key != "."))


class FieldManager(Part, frozen=True):
    """An entry of `managedFields`: the tool, the time of its last change, and what it manages."""

    manager: str = ""
    subresource: str = ""
    time: Time | None = None
    fields_v1: OwnedFields = OwnedFields()

    @property
    def only_restarted(self) -> bool:
        """Whether all that the tool manages of the pod template is the mark of a restart."""
        template = self.fields_v1.spec.template
        return template.spec is None and set(template.metadata.annotations) - {"."} == {f"f:{RESTARTED}"}


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which `kubectl apply` keeps the whole object as it applied it."""

# The annotations that are read, and those whose change explains a fault, by the beginning of their keys. All others are
# left out on decoding: anything may write them, and "last-applied-configuration" has the literals of the whole object.
READ_ANNOTATIONS = (
    "argocd.argoproj.io/",
    "batch.kubernetes.io/",
    "checksum/",
    "cluster-autoscaler.kubernetes.io/",
    "config.linkerd.io/",
    "deployment.kubernetes.io/",
    "endpoints.kubernetes.io/",
    "helm.sh/",
    "helm.toolkit.fluxcd.io/",
    "ingress.kubernetes.io/",
    "kubectl.kubernetes.io/default-",
    RESTARTED,
    "kustomize.toolkit.fluxcd.io/",
    "linkerd.io/",
    "meta.helm.sh/",
    "node.alpha.kubernetes.io/",
    "prometheus.io/",
    "pv.kubernetes.io/",
    "rbac.authorization.kubernetes.io/",
    "rollout.argoproj.io/",
    "scheduler.alpha.kubernetes.io/",
    "sidecar.istio.io/",
    "storageclass.kubernetes.io/",
    "traffic.sidecar.istio.io/",
    "vault.hashicorp.com/",
    "volume.kubernetes.io/",
    "volumes.kubernetes.io/",
    "workflows.argoproj.io/",
)
OWNERS = ("team", "owner")
"""The names of labels and annotations, with or without a prefix, that say who owns an object."""


def _is_read(annotation: str) -> bool:
    return annotation.startswith(READ_ANNOTATIONS) or annotation.rpartition("/")[2] in OWNERS


class Meta(Part, frozen=True):
    """`metadata`; of the annotations those that are read."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    deletion_grace_period_seconds: int = 0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    managed_fields: tuple[FieldManager, ...] = ()

    @property
    def deleted_at(self) -> datetime | None:
        """When it was deleted, which is before its grace period; None where it was not."""
        ends_at = self.deletion_timestamp
        return ends_at - timedelta(seconds=self.deletion_grace_period_seconds) if ends_at else None

    def __post_init__(self) -> None:
        """Leaves out the annotations that nothing reads."""
        if self.annotations:
            read = {key: value for key, value in self.annotations.items() if _is_read(key)}
            msgspec.structs.force_setattr(self, "annotations", read)


class AppliedMeta(Meta, frozen=True):
    """`metadata` of an object that takes from the last apply what differs; until then it has the annotation, too."""

    def __post_init__(self) -> None:
        """Leaves out the annotations that nothing reads."""
        applied = self.annotations.get(LAST_APPLIED)
        Meta.__post_init__(self)
        if applied:
            self.annotations[LAST_APPLIED] = applied

    def take_applied(self) -> str:
        """Removes the object as it was last applied, and returns it; "" where it was not."""
        return self.annotations.pop(LAST_APPLIED, "")


class Object(Part, frozen=True):
    """An object with a name; `group` and `plural` are its path in the API.

    `api_kind` is the kind in the API, where the class has another name. A plural that exists in two groups is written
    as for kubectl: "pods.metrics.k8s.io". For kinds that are `metadata_only`, only the metadata is requested.
    """

    group: ClassVar[str]
    plural: ClassVar[str]
    api_kind: ClassVar[str] = ""
    namespaced: ClassVar[bool] = True
    metadata_only: ClassVar[bool] = False

    metadata: Meta = Meta()

    @property
    def name(self) -> str:
        """The name of the object."""
        return self.metadata.name

    @property
    def creation_order(self) -> tuple[datetime, str]:
        """The order of objects by age, the oldest first; of the same age, by name."""
        return self.metadata.creation_timestamp or EARLIEST, self.name


class Reference(Part, frozen=True):
    """A reference to another object, or to a field of it as in "spec.containers{NAME}"."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    uid: str = ""
    field_path: str = ""


class Condition(Part, frozen=True):
    """A condition of an object."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    last_transition_time: Time | None = None
    last_update_time: Time | None = None
