"""Nodes and namespaces."""

import msgspec

from diagnose.resources.applied import AppliedObject, AppliedSpec
from diagnose.resources.metadata import Condition, Object, Part


class Taint(Part, frozen=True):
    """A taint of a node."""

    key: str
    value: str = ""
    effect: str = ""


class NodeSpec(Part, frozen=True):
    """The spec of a node."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeImage(Part, frozen=True):
    """An image on a node; the kubelet reports the fifty largest."""

    names: tuple[str, ...] | None = ()


class NodeAddress(Part, frozen=True):
    """An address of a node."""

    type: str = ""
    address: str = ""


class NodeStatus(Part, frozen=True):
    """The status of a node."""

    addresses: tuple[NodeAddress, ...] = ()
    conditions: tuple[Condition, ...] = ()
    allocatable: dict[str, str] = msgspec.field(default_factory=dict)
    images: tuple[NodeImage, ...] | None = ()


class Node(Object, frozen=True):
    """A node."""

    group = "/api/v1"
    plural = "nodes"
    namespaced = False
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def address(self) -> str:
        """The address of its machine within the cluster's network, "" where it is not reported."""
        return next((each.address for each in self.status.addresses if each.type == "InternalIP"), "")


class Namespace(Object, frozen=True):
    """A namespace."""

    group = "/api/v1"
    plural = "namespaces"
    namespaced = False


class QuotaStatus(Part, frozen=True):
    """The limits and the usage of a quota, as Kubernetes quantities."""

    hard: dict[str, str] = msgspec.field(default_factory=dict)
    used: dict[str, str] = msgspec.field(default_factory=dict)


class QuotaSpec(AppliedSpec, frozen=True):
    """The spec of a quota; without scopes it applies to all pods. A manifest may have its amounts as numbers."""

    hard: dict[str, str | int | float] = msgspec.field(default_factory=dict)
    scopes: tuple[str, ...] = ()


class LimitRangeItem(Part, frozen=True):
    """What a LimitRange demands of, or gives to, each object of a type; all are amounts by resource."""

    type: str = ""
    max: dict[str, str] = msgspec.field(default_factory=dict)
    min: dict[str, str] = msgspec.field(default_factory=dict)
    default: dict[str, str] = msgspec.field(default_factory=dict)
    default_request: dict[str, str] = msgspec.field(default_factory=dict)


class LimitRangeSpec(AppliedSpec, frozen=True):
    """The spec of a LimitRange."""

    limits: tuple[LimitRangeItem, ...] = ()


class LimitRange(AppliedObject, frozen=True):
    """A LimitRange."""

    group = "/api/v1"
    plural = "limitranges"
    spec: LimitRangeSpec = LimitRangeSpec()
    applied: LimitRangeSpec | None = None


class ResourceQuota(AppliedObject, frozen=True):
    """A ResourceQuota."""

    group = "/api/v1"
    plural = "resourcequotas"
    status: QuotaStatus = QuotaStatus()
    spec: QuotaSpec = QuotaSpec()
    applied: QuotaSpec | None = None
