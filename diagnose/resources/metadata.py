"""Metadata of Kubernetes objects, and references between them."""

from datetime import datetime
from typing import ClassVar

import msgspec


class Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A part of a Kubernetes object."""


class OwnerReference(Part, frozen=True):
    """A reference to the owner of an object."""

    kind: str
    name: str


class FieldManager(Part, frozen=True):
    """An entry of `managedFields`: the tool and the time of its last change; the fields are not read."""

    manager: str = ""
    subresource: str = ""
    time: datetime | None = None


class Meta(Part, frozen=True):
    """`metadata`."""

    name: str = ""
    namespace: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()
    managed_fields: tuple[FieldManager, ...] = ()


class Object(Part, frozen=True):
    """An object with a name; `group` and `plural` are its path in the API.

    A plural that exists in two groups is written as for kubectl: "pods.metrics.k8s.io". For kinds that are
    `metadata_only`, only the metadata is requested.
    """

    group: ClassVar[str]
    plural: ClassVar[str]
    namespaced: ClassVar[bool] = True
    metadata_only: ClassVar[bool] = False

    metadata: Meta = Meta()

    @property
    def name(self) -> str:
        """The name of the object."""
        return self.metadata.name


class Reference(Part, frozen=True):
    """A reference to another object, or to a field of it as in "spec.containers{NAME}"."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    field_path: str = ""


class Condition(Part, frozen=True):
    """A condition of an object."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None
    last_update_time: datetime | None = None
