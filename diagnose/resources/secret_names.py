"""Secrets by name and age: their metadata alone, which is all that is asked for. A value never comes here.

They are listed as the API's PartialObjectMetadata
(https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches). Annotations are dropped unread,
because `kubectl apply` keeps a copy of the values in one.
"""

from datetime import datetime

import msgspec

from diagnose.resources.metadata import Object, Part


class OwnedFields(Part, frozen=True):
    """Which fields somebody set last; of the data only the names of the keys."""

    data: dict[str, object] | None = msgspec.field(default=None, name="f:data")


class SecretManager(Part, frozen=True):
    """Who set fields of a Secret last, and when."""

    manager: str = ""
    time: datetime | None = None
    fields_v1: OwnedFields = OwnedFields()


class SecretMeta(Part, frozen=True):
    """`metadata` of a Secret."""

    name: str = ""
    namespace: str = ""
    creation_timestamp: datetime | None = None
    managed_fields: tuple[SecretManager, ...] = ()


class SecretName(Object, frozen=True):
    """A Secret without what is in it."""

    group = "/api/v1"
    plural = "secrets"
    metadata_only = True
    metadata: SecretMeta = SecretMeta()  # type: ignore[assignment]

    @property
    def changed_at(self) -> datetime | None:
        """When its data was set last, as far as the API server kept that; else when it was made."""
        times = [each.time for each in self.metadata.managed_fields if each.fields_v1.data is not None and each.time]
        return max(times, default=self.metadata.creation_timestamp)
