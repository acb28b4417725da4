"""Resource usage of pods, from metrics-server (https://github.com/kubernetes-sigs/metrics-server)."""

import msgspec

from diagnose.resources.metadata import Object, Part, Time


class ContainerUsage(Part, frozen=True):
    """The recent usage of a container, as Kubernetes quantities ("12m", "150Mi")."""

    name: str
    usage: dict[str, str] = msgspec.field(default_factory=dict)


class PodUsage(Object, frozen=True):
    """The recent usage of a pod's containers."""

    group = "/apis/metrics.k8s.io/v1beta1"
    plural = "pods.metrics.k8s.io"
    api_kind = "PodMetrics"
    timestamp: Time | None = None
    containers: tuple[ContainerUsage, ...] = ()
