"""What pods and nodes use, as metrics-server tells it (https://github.com/kubernetes-sigs/metrics-server)."""

from datetime import datetime

import msgspec

from diagnose.resources.metadata import Object, Part


class ContainerUsage(Part, frozen=True):
    """What a container used of late, in Kubernetes' own notation ("12m", "150Mi")."""

    name: str
    usage: dict[str, str] = msgspec.field(default_factory=dict)


class PodUsage(Object, frozen=True):
    """What the containers of a pod used of late."""

    group = "/apis/metrics.k8s.io/v1beta1"
    plural = "pods.metrics.k8s.io"
    timestamp: datetime | None = None
    containers: tuple[ContainerUsage, ...] = ()
