"""Autoscalers and disruption budgets."""

from diagnose.resources.applied import AppliedObject, AppliedSpec
from diagnose.resources.metadata import Condition, Part, Reference
from diagnose.resources.selectors import Selector


class MetricTarget(Part, frozen=True):
    """The target of a metric, in percent of the request."""

    average_utilization: int | None = None


class ResourceMetric(Part, frozen=True):
    """A resource metric: `target` is the desired value, `current` the measured one."""

    name: str
    container: str = ""
    target: MetricTarget = MetricTarget()
    current: MetricTarget = MetricTarget()


class Metric(Part, frozen=True):
    """A metric of an autoscaler; of metrics other than resources only the type is read."""

    type: str = ""
    resource: ResourceMetric | None = None


class ScalingRules(Part, frozen=True):
    """How fast an autoscaler may scale in one direction; with the policy Disabled not at all."""

    select_policy: str = ""


class ScalingBehavior(Part, frozen=True):
    """How an autoscaler may scale up."""

    scale_up: ScalingRules | None = None


class AutoscalerSpec(AppliedSpec, frozen=True):
    """The spec of an autoscaler."""

    scale_target_ref: Reference = Reference()
    min_replicas: int = 1
    max_replicas: int = 0
    metrics: tuple[Metric, ...] = ()
    behavior: ScalingBehavior | None = None


class AutoscalerStatus(Part, frozen=True):
    """The status of an autoscaler."""

    current_metrics: tuple[Metric, ...] | None = ()
    conditions: tuple[Condition, ...] = ()


class Autoscaler(AppliedObject, frozen=True):
    """A HorizontalPodAutoscaler."""

    group = "/apis/autoscaling/v2"
    plural = "horizontalpodautoscalers"
    api_kind = "HorizontalPodAutoscaler"
    spec: AutoscalerSpec = AutoscalerSpec()
    applied: AutoscalerSpec | None = None
    status: AutoscalerStatus = AutoscalerStatus()


class DisruptionBudgetSpec(AppliedSpec, frozen=True):
    """The spec of a disruption budget, as a number or a percentage of pods."""

    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    selector: Selector | None = None


class DisruptionBudgetStatus(Part, frozen=True):
    """The status of a disruption budget."""

    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    conditions: tuple[Condition, ...] = ()


class DisruptionBudget(AppliedObject, frozen=True):
    """A PodDisruptionBudget."""

    group = "/apis/policy/v1"
    plural = "poddisruptionbudgets"
    api_kind = "PodDisruptionBudget"
    spec: DisruptionBudgetSpec = DisruptionBudgetSpec()
    applied: DisruptionBudgetSpec | None = None
    status: DisruptionBudgetStatus = DisruptionBudgetStatus()
