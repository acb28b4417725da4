"""Names and times of Secrets: only their metadata is requested, never a value.

They are listed as the API's PartialObjectMetadata
(https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches). Annotations are not decoded,
because `kubectl apply` stores a copy of the values in one.
"""

from datetime import datetime

from diagnose.resources.metadata import FieldManager, Object, Part, Time


class SecretMeta(Part, frozen=True):
    """`metadata` of a Secret."""

    name: str = ""
    namespace: str = ""
    creation_timestamp: Time | None = None
    managed_fields: tuple[FieldManager, ...] = ()


class SecretName(Object, frozen=True):
    """The metadata of a Secret."""

    group = "/api/v1"
    plural = "secrets"
    metadata_only = True
    metadata: SecretMeta = SecretMeta()  # type: ignore[assignment]

    @property
    def changed_at(self) -> datetime | None:
        """The time of the last change of its data, as far as the API server has it, else of its creation."""
        times = [each.time for each in self.metadata.managed_fields if each.fields_v1.data is not None and each.time]
        return max(times, default=self.metadata.creation_timestamp)
