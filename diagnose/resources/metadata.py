"""Metadata of Kubernetes objects, and references between them."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

from diagnose.text.times import EARLIEST

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as the API writes it, always with its zone; one without is no valid answer."""


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
    time: Time | None = None


class Meta(Part, frozen=True):
    """`metadata`."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()
    managed_fields: tuple[FieldManager, ...] = ()


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
