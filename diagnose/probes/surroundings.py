"""Kubernetes objects around a workload: Services, endpoints, events, nodes, policies, webhooks, as far as checks read.

The names are the API's own (docs: https://kubernetes.io/docs/reference/kubernetes-api/), in Python's spelling.
"""

from datetime import datetime

import msgspec

from diagnose.probes.objects import Condition, Object, Part


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


_COMBINED = "(combined from similar events): "


class Event(Object, frozen=True):
    """An event; `message` is others' text, without the mark of client-go for one that stands for many like it."""

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

    def __post_init__(self) -> None:
        """Take the mark away, so that the words begin as they always do."""
        if self.message.startswith(_COMBINED):
            msgspec.structs.force_setattr(self, "message", self.message.removeprefix(_COMBINED))

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


class ClaimSpec(Part, frozen=True):
    """A claim as wanted; a class that is not given means the default one."""

    storage_class_name: str | None = None


class ClaimStatus(Part, frozen=True):
    """A claim as it is."""

    phase: str = ""


class Claim(Object, frozen=True):
    """A PersistentVolumeClaim."""

    group = "/api/v1"
    plural = "persistentvolumeclaims"
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class StorageClass(Object, frozen=True):
    """A StorageClass."""

    group = "/apis/storage.k8s.io/v1"
    plural = "storageclasses"
    namespaced = False


class SelectorRule(Part, frozen=True):
    """One expression of a selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class FullSelector(Part, frozen=True):
    """A selector with expressions."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[SelectorRule, ...] = ()


class IpBlock(Part, frozen=True):
    """A range of addresses, without some of it."""

    cidr: str
    excluded: tuple[str, ...] = msgspec.field(default=(), name="except")


class PolicyPeer(Part, frozen=True):
    """Whom a rule of a policy is about; a selector that is not given differs from an empty one."""

    pod_selector: FullSelector | None = None
    namespace_selector: FullSelector | None = None
    ip_block: IpBlock | None = None


class PolicyPort(Part, frozen=True):
    """A port that a rule allows; without a number all of the protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class PolicyRule(Part, frozen=True):
    """What a policy allows: these peers on these ports; no peers means all, no ports means all."""

    peers_from: tuple[PolicyPeer, ...] = msgspec.field(default=(), name="from")
    peers_to: tuple[PolicyPeer, ...] = msgspec.field(default=(), name="to")
    ports: tuple[PolicyPort, ...] = ()


class NetworkPolicySpec(Part, frozen=True):
    """Which pods a policy selects, which directions it limits, and what it allows in them."""

    pod_selector: FullSelector = FullSelector()
    policy_types: tuple[str, ...] = ()
    ingress: tuple[PolicyRule, ...] = ()
    egress: tuple[PolicyRule, ...] = ()


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


class ScaleTarget(Part, frozen=True):
    """The workload that an autoscaler scales."""

    kind: str = ""
    name: str = ""


class MetricTarget(Part, frozen=True):
    """How much of a resource an autoscaler aims at, in percent of the request or as an amount."""

    average_utilization: int | None = None
    average_value: str = ""


class ResourceMetric(Part, frozen=True):
    """A resource that an autoscaler looks at: `target` is what it aims at, `current` what it sees."""

    name: str
    container: str = ""
    target: MetricTarget = MetricTarget()
    current: MetricTarget = MetricTarget()


class Metric(Part, frozen=True):
    """One metric of an autoscaler; of those that are no resource only the type is read."""

    type: str = ""
    resource: ResourceMetric | None = None
    container_resource: ResourceMetric | None = None


class AutoscalerSpec(Part, frozen=True):
    """An autoscaler as wanted."""

    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int = 1
    max_replicas: int = 0
    metrics: tuple[Metric, ...] = ()


class AutoscalerStatus(Part, frozen=True):
    """What an autoscaler sees and does."""

    current_replicas: int = 0
    desired_replicas: int = 0
    current_metrics: tuple[Metric, ...] | None = ()
    conditions: tuple[Condition, ...] = ()


class Autoscaler(Object, frozen=True):
    """A HorizontalPodAutoscaler."""

    group = "/apis/autoscaling/v2"
    plural = "horizontalpodautoscalers"
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


class DisruptionBudgetSpec(Part, frozen=True):
    """How many of which pods must stay, as a number or a share."""

    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    selector: FullSelector = FullSelector()


class DisruptionBudgetStatus(Part, frozen=True):
    """How many pods may be evicted now."""

    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0
    conditions: tuple[Condition, ...] = ()


class DisruptionBudget(Object, frozen=True):
    """A PodDisruptionBudget."""

    group = "/apis/policy/v1"
    plural = "poddisruptionbudgets"
    spec: DisruptionBudgetSpec = DisruptionBudgetSpec()
    status: DisruptionBudgetStatus = DisruptionBudgetStatus()
