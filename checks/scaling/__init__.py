"""What moves the number of pods, and what lets them go: the autoscaler and the disruption budget."""

from checks.scaling.drain_possible import DRAIN_POSSIBLE
from checks.scaling.has_metrics import HAS_METRICS
from checks.scaling.within_limits import WITHIN_LIMITS
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (HAS_METRICS, WITHIN_LIMITS, DRAIN_POSSIBLE)
