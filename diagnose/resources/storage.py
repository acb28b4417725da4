"""PersistentVolumeClaims, storage classes and ConfigMaps."""

import msgspec

from diagnose.resources.metadata import Object, Part
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


class ConfigMap(Object, frozen=True):
    """A ConfigMap; values with the name of a secret are masked on decoding."""

    group = "/api/v1"
    plural = "configmaps"
    data: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Masks values by the names of their keys, as for variables."""
        masked = {key: redaction.mask_value(key, value) for key, value in self.data.items()}
        msgspec.structs.force_setattr(self, "data", masked)
