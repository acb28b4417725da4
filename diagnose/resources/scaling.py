"""Autoscalers and disruption budgets."""

from diagnose.resources.metadata import Condition, FullSelector, Object, Part


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
