"""What numbers of pods come to that Kubernetes takes as a count or as a share: of a rollout, and of a budget."""

import math

from diagnose.resources import DeploymentSpec, DisruptionBudget

QUARTER = "25%"
"""What a Deployment takes for a number that is not given."""


def count(value: int | str, of: int, *, up: bool) -> int:
    """A number of pods; a share of them is rounded up or down."""
    if isinstance(value, int):
        return value
    digits = value.strip().removesuffix("%")
    share = of * int(digits) / 100 if digits.isdigit() else 0
    return math.ceil(share) if up else math.floor(share)


def rollout(spec: DeploymentSpec) -> tuple[int, int]:
    """How many pods a rollout may have too many, and too few.

    As the Deployment controller works it out: where both come to none, one may be missing.
    """
    given = spec.strategy.rolling_update
    surge, missing = (given.max_surge, given.max_unavailable) if given else (None, None)
    more = count(QUARTER if surge is None else surge, spec.replicas, up=True)
    fewer = count(QUARTER if missing is None else missing, spec.replicas, up=False)
    return more, fewer if more or fewer else 1


def kept(budget: DisruptionBudget, pods: int) -> int:
    """How many of so many pods a budget keeps (https://kubernetes.io/docs/tasks/run-application/configure-pdb/)."""
    spec = budget.spec
    if spec.min_available is not None:
        return count(spec.min_available, pods, up=True)
    return max(pods - count(spec.max_unavailable or 0, pods, up=True), 0)


def rule(budget: DisruptionBudget) -> str:
    """A budget's rule as it is written."""
    spec = budget.spec
    if spec.min_available is not None:
        return f"minAvailable {spec.min_available}"
    return f"maxUnavailable {spec.max_unavailable or 0}"
