"""Scaling: autoscalers, disruption budgets, placement, and the resources of each pod."""

from checks.scaling.autoscaler_aims import AUTOSCALER_AIMS
from checks.scaling.autoscaler_suits import AUTOSCALER_SUITS
from checks.scaling.budget_yields import BUDGET_YIELDS
from checks.scaling.concurrency_suits import CONCURRENCY_SUITS
from checks.scaling.cpu_free import CPU_FREE
from checks.scaling.drain_possible import DRAIN_POSSIBLE
from checks.scaling.has_metrics import HAS_METRICS
from checks.scaling.memory_free import MEMORY_FREE
from checks.scaling.one_autoscaler import ONE_AUTOSCALER
from checks.scaling.one_budget import ONE_BUDGET
from checks.scaling.own_pods_counted import OWN_PODS_COUNTED
from checks.scaling.placement_possible import PLACEMENT_POSSIBLE
from checks.scaling.pods_spread import PODS_SPREAD
from checks.scaling.resources_set import RESOURCES_SET
from checks.scaling.rollout_possible import ROLLOUT_POSSIBLE
from checks.scaling.usage_suits import USAGE_SUITS
from checks.scaling.within_limits import WITHIN_LIMITS
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    AUTOSCALER_AIMS,
    ONE_AUTOSCALER,
    OWN_PODS_COUNTED,
    HAS_METRICS,
    WITHIN_LIMITS,
    AUTOSCALER_SUITS,
    ONE_BUDGET,
    BUDGET_YIELDS,
    DRAIN_POSSIBLE,
    PLACEMENT_POSSIBLE,
    PODS_SPREAD,
    ROLLOUT_POSSIBLE,
    RESOURCES_SET,
    MEMORY_FREE,
    USAGE_SUITS,
    CPU_FREE,
    CONCURRENCY_SUITS,
)
