"""Services and their endpoints."""

from typing import Self

import msgspec

from diagnose.resources.applied import AppliedObject, AppliedSpec
from diagnose.resources.metadata import Object, Part, Reference


class ServicePort(Part, frozen=True):
    """A port of a Service."""

    port: int
    name: str = ""
    target_port: int | str = 0
    protocol: str = "TCP"
    node_port: int = 0
    app_protocol: str = ""


class ServiceSpec(AppliedSpec, frozen=True):
    """The spec of a Service."""

    type: str = "ClusterIP"
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    cluster_ips: tuple[str, ...] = msgspec.field(default=(), name="clusterIPs")
    external_name: str = ""
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    internal_traffic_policy: str = ""
    publish_not_ready_addresses: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        """The Service's own addresses; a headless one has none."""
        every = dict.fromkeys((self.cluster_ip, *self.cluster_ips))
        return tuple(each for each in every if each not in {"", "None"})

    @property
    def filled(self) -> Self:
        """The spec with a target for each port and a traffic policy, and without its addresses."""
        ports = (msgspec.structs.replace(each, target_port=each.target_port or each.port) for each in self.ports)
        is_alias = self.type == "ExternalName"
        policy = "" if is_alias else self.internal_traffic_policy or "Cluster"
        return msgspec.structs.replace(
            self, ports=tuple(ports), internal_traffic_policy=policy, cluster_ip="", cluster_ips=()
        )


class Service(AppliedObject, frozen=True):
    """A Service."""

    group = "/api/v1"
    plural = "services"
    spec: ServiceSpec = ServiceSpec()
    applied: ServiceSpec | None = None


class EndpointConditions(Part, frozen=True):
    """The conditions of an endpoint; unset counts as ready."""

    ready: bool | None = None


class Endpoint(Part, frozen=True):
    """An endpoint of a Service."""

    addresses: tuple[str, ...] = ()
    conditions: EndpointConditions = EndpointConditions()
    target_ref: Reference | None = None
    node_name: str = ""


class EndpointPort(Part, frozen=True):
    """A port of the endpoints of a Service."""

    name: str = ""
    port: int | None = None


class EndpointSlice(Object, frozen=True):
    """An EndpointSlice."""

    group = "/apis/discovery.k8s.io/v1"
    plural = "endpointslices"
    endpoints: tuple[Endpoint, ...] | None = ()
    ports: tuple[EndpointPort, ...] | None = ()

    @property
    def service(self) -> str:
        """The name of its Service."""
        return self.metadata.labels.get("kubernetes.io/service-name", "")

    @property
    def manager(self) -> str:
        """What manages it by its own label, "" for a slice made by hand."""
        return self.metadata.labels.get("endpointslice.kubernetes.io/managed-by", "")
