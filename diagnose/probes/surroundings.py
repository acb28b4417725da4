"""Kubernetes objects around a workload: Services, endpoints, events, nodes, policies, webhooks, as far as checks read.

The names are the API's own (docs: https://kubernetes.io/docs/reference/kubernetes-api/), in Python's spelling.
"""

from datetime import datetime

import msgspec

from diagnose.probes.objects import Condition, Object, Part, Selector


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


class Reference(Part, frozen=True):
    """A reference to another object."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


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


class Event(Object, frozen=True):
    """An event; `message` is others' text."""

    group = "/api/v1"
    plural = "events"
    involved_object: Reference = Reference()
    type: str = "Normal"
    reason: str = ""
    message: str = ""
    count: int | None = None
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None

    @property
    def seen_at(self) -> datetime | None:
        """When it was last seen."""
        return self.last_timestamp or self.event_time or self.metadata.creation_timestamp


class Taint(Part, frozen=True):
    """What keeps pods off a node that do not tolerate it."""

    key: str
    value: str = ""
    effect: str = ""


class NodeSpec(Part, frozen=True):
    """A node as wanted."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeStatus(Part, frozen=True):
    """A node as it is."""

    conditions: tuple[Condition, ...] = ()


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


class NetworkPolicySpec(Part, frozen=True):
    """Which pods a policy selects, and which directions it limits."""

    pod_selector: Selector = Selector()
    policy_types: tuple[str, ...] = ()


class NetworkPolicy(Object, frozen=True):
    """A NetworkPolicy."""

    group = "/apis/networking.k8s.io/v1"
    plural = "networkpolicies"
    spec: NetworkPolicySpec = NetworkPolicySpec()


class WebhookService(Part, frozen=True):
    """The Service behind an admission webhook."""

    name: str = ""
    namespace: str = ""
    port: int = 443


class WebhookClient(Part, frozen=True):
    """How the API server calls a webhook."""

    service: WebhookService | None = None
    url: str = ""
    ca_bundle: str = ""


class SelectorRule(Part, frozen=True):
    """One expression of a selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class FullSelector(Part, frozen=True):
    """A selector with expressions."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[SelectorRule, ...] = ()


class Webhook(Part, frozen=True):
    """One admission webhook."""

    name: str
    failure_policy: str = "Fail"
    client_config: WebhookClient = WebhookClient()
    namespace_selector: FullSelector = FullSelector()
    object_selector: FullSelector = FullSelector()


class WebhookConfiguration(Object, frozen=True):
    """A MutatingWebhookConfiguration."""

    group = "/apis/admissionregistration.k8s.io/v1"
    plural = "mutatingwebhookconfigurations"
    namespaced = False
    webhooks: tuple[Webhook, ...] = ()
