"""Nodes and namespaces."""

import msgspec

from diagnose.resources.metadata import Condition, Object, Part


class Taint(Part, frozen=True):
    """What keeps pods off a node that do not tolerate it."""

    key: str
    value: str = ""
    effect: str = ""


class NodeSpec(Part, frozen=True):
    """A node as wanted."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeImage(Part, frozen=True):
    """An image that a node has; the kubelet reports the largest fifty."""

    names: tuple[str, ...] | None = ()


class NodeStatus(Part, frozen=True):
    """A node as it is."""

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


class Namespace(Object, frozen=True):
    """A namespace."""

    group = "/api/v1"
    plural = "namespaces"
    namespaced = False


class QuotaStatus(Part, frozen=True):
    """How much of what may be used, and is; in Kubernetes' own notation."""

    hard: dict[str, str] = msgspec.field(default_factory=dict)
    used: dict[str, str] = msgspec.field(default_factory=dict)


class QuotaSpec(Part, frozen=True):
    """Which pods a quota is about: all, where it names no scope."""

    scopes: tuple[str, ...] = ()


class ResourceQuota(Object, frozen=True):
    """A limit on all that a namespace uses together."""

    group = "/api/v1"
    plural = "resourcequotas"
    status: QuotaStatus = QuotaStatus()
    spec: QuotaSpec = QuotaSpec()
