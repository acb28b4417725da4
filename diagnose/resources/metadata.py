"""What all Kubernetes objects have, and how they name each other."""

from datetime import datetime
from typing import ClassVar

import msgspec


class Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A piece of a Kubernetes object."""


class OwnerReference(Part, frozen=True):
    """Which object made this one."""

    kind: str
    name: str


class FieldManager(Part, frozen=True):
    """Who set fields of an object last, and when; which fields is not read."""

    manager: str = ""
    operation: str = ""
    subresource: str = ""
    time: datetime | None = None


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
    managed_fields: tuple[FieldManager, ...] = ()


class Object(Part, frozen=True):
    """An object with a name; `group` and `plural` say where the API lists it.

    A plural that two groups have is written as kubectl takes it: "pods.metrics.k8s.io". Of kinds that are
    `metadata_only` the API server is asked for nothing else.
    """

    group: ClassVar[str]
    plural: ClassVar[str]
    namespaced: ClassVar[bool] = True
    metadata_only: ClassVar[bool] = False

    metadata: Meta = Meta()

    @property
    def name(self) -> str:
        """The object's own name."""
        return self.metadata.name


class Named(Part, frozen=True):
    """A reference by name."""

    name: str = ""


class Reference(Part, frozen=True):
    """A reference to another object, or to a part of it as in "spec.containers{NAME}"."""

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


class Selector(Part, frozen=True):
    """A label selector."""

    match_labels: dict[str, str] = {}


class SelectorRule(Part, frozen=True):
    """One expression of a selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class FullSelector(Part, frozen=True):
    """A selector with expressions."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[SelectorRule, ...] = ()
