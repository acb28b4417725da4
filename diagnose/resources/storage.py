"""PersistentVolumeClaims, storage classes and ConfigMaps."""

from contextlib import suppress
from datetime import datetime

import msgspec

from diagnose.resources.metadata import AppliedMeta, Object, Part
from diagnose.resources.pods import NodeTerms
from diagnose.text import redaction


class ClaimSpec(Part, frozen=True):
    """A claim spec; without a class the default one applies."""

    storage_class_name: str | None = None
    access_modes: tuple[str, ...] = ()
    volume_name: str = ""


class ClaimStatus(Part, frozen=True):
    """The status of a claim."""

    phase: str = ""


class Claim(Object, frozen=True):
    """A PersistentVolumeClaim."""

    group = "/api/v1"
    plural = "persistentvolumeclaims"
    api_kind = "PersistentVolumeClaim"
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class VolumeAffinity(Part, frozen=True):
    """The nodes from which a volume can be reached."""

    required: NodeTerms | None = None


class PersistentVolumeSpec(Part, frozen=True):
    """The spec of a PersistentVolume; without an affinity every node reaches it."""

    node_affinity: VolumeAffinity | None = None


class PersistentVolume(Object, frozen=True):
    """A PersistentVolume."""

    group = "/api/v1"
    plural = "persistentvolumes"
    namespaced = False
    spec: PersistentVolumeSpec = PersistentVolumeSpec()


class StorageClass(Object, frozen=True):
    """A StorageClass."""

    group = "/apis/storage.k8s.io/v1"
    plural = "storageclasses"
    namespaced = False


class _Applied(Part, frozen=True):
    """A ConfigMap as `kubectl apply` keeps it."""

    data: dict[str, str] = msgspec.field(default_factory=dict)


class ConfigMap(Object, frozen=True):
    """A ConfigMap; values with the name of a secret are masked on decoding.

    `applied` has what the last `kubectl apply` gave to keys that were changed since, None to those that are new.
    """

    group = "/api/v1"
    plural = "configmaps"
    metadata: AppliedMeta = AppliedMeta()
    data: dict[str, str] = msgspec.field(default_factory=dict)
    applied: dict[str, str | None] = msgspec.field(default_factory=dict)

    @property
    def changed_at(self) -> datetime | None:
        """The time of its last change, None where its managers have no time."""
        return max((each.time for each in self.metadata.managed_fields if each.time), default=None)

    def __post_init__(self) -> None:
        """Masks values by the names of their keys, as for variables."""
        if applied := self.metadata.take_applied():
            with suppress(msgspec.MsgspecError, ValueError, RecursionError):
                was, keys = msgspec.json.decode(applied, type=_Applied).data, dict.fromkeys(self.data)
                changed = {key: was.get(key) for key in was | keys if was.get(key) != self.data.get(key)}
                msgspec.structs.force_setattr(self, "applied", changed)
        for name in ("data", "applied"):
            values: dict[str, str | None] = getattr(self, name)
            masked = {key: value and redaction.mask_value(key, value) for key, value in values.items()}
            msgspec.structs.force_setattr(self, name, masked)
