"""Claims of storage."""

from diagnose.probes.objects.metadata import Object, Part


class ClaimSpec(Part, frozen=True):
    """A claim as wanted; a class that is not given means the default one."""

    storage_class_name: str | None = None


class ClaimStatus(Part, frozen=True):
    """A claim as it is."""

    phase: str = ""


class Claim(Object, frozen=True):
    """A PersistentVolumeClaim."""

    group = "/api/v1"
    plural = "persistentvolumeclaims"
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class StorageClass(Object, frozen=True):
    """A StorageClass."""

    group = "/apis/storage.k8s.io/v1"
    plural = "storageclasses"
    namespaced = False
