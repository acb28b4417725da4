"""Services and the addresses behind them."""

import msgspec

from diagnose.resources.metadata import Object, Part, Reference


class ServicePort(Part, frozen=True):
    """A port of a Service."""

    port: int
    name: str = ""
    target_port: int | str = 0


class ServiceSpec(Part, frozen=True):
    """A Service as wanted."""

    type: str = "ClusterIP"
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    external_name: str = ""
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()


class Service(Object, frozen=True):
    """A Service."""

    group = "/api/v1"
    plural = "services"
    spec: ServiceSpec = ServiceSpec()


class EndpointConditions(Part, frozen=True):
    """Whether an endpoint takes traffic; nothing said counts as ready."""

    ready: bool | None = None


class Endpoint(Part, frozen=True):
    """One address behind a Service."""

    addresses: tuple[str, ...] = ()
    conditions: EndpointConditions = EndpointConditions()
    target_ref: Reference | None = None


class EndpointPort(Part, frozen=True):
    """A port behind a Service."""

    name: str = ""
    port: int | None = None


class EndpointSlice(Object, frozen=True):
    """Some of the addresses behind a Service."""

    group = "/apis/discovery.k8s.io/v1"
    plural = "endpointslices"
    endpoints: tuple[Endpoint, ...] | None = ()
    ports: tuple[EndpointPort, ...] | None = ()

    @property
    def service(self) -> str:
        """Which Service it belongs to."""
        return self.metadata.labels.get("kubernetes.io/service-name", "")
