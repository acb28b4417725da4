"""The disruption budgets of the worker's pods."""

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.autoscaling import count
from diagnose.resources import DisruptionBudget
from diagnose.resources.selectors import selects


def budgets_of(ctx: Context) -> list[DisruptionBudget]:
    """Returns the disruption budgets that select the pods."""
    labels = ctx.target.template.metadata.labels
    return [each for each in ctx.list(DisruptionBudget, ctx.target.namespace) if selects(each.spec.selector, labels)]


def get_command(ctx: Context, *names: str) -> Command:
    """Returns the command that shows disruption budgets."""
    return kubectl.get("pdb", *names, namespace=ctx.target.namespace)


def required_pods(budget: DisruptionBudget, pods: int) -> int:
    """Returns how many of so many pods a disruption budget requires (https://kubernetes.io/docs/tasks/run-application/configure-pdb/)."""
    spec = budget.spec
    if spec.min_available is not None:
        return count(spec.min_available, pods, up=True)
    return max(pods - count(spec.max_unavailable or 0, pods, up=True), 0)


def rule(budget: DisruptionBudget) -> str:
    """Returns the rule of a disruption budget as text."""
    spec = budget.spec
    if spec.min_available is not None:
        return f"minAvailable {spec.min_available}"
    return f"maxUnavailable {spec.max_unavailable or 0}"
