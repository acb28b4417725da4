"""A node of the pods is cordoned: can a drain of it complete, or does a disruption budget allow no eviction?

A budget without an allowed eviction is no fault while no pod is evicted, and not where it only waits for a pod to
become ready again. It is a fault where it would allow none even if every pod were ready.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import change_autoscaler, listed_autoscalers
from diagnose.domain.kubernetes.budgets import budgets_of, rule
from diagnose.domain.kubernetes.pods import counted, replicas_of
from diagnose.model.report import Finding, Step
from diagnose.resources import Autoscaler, DisruptionBudget, Node, Pod

BLOCKED = Code(
    id="scaling.drain-blocked",
    meaning="A node is cordoned (SchedulingDisabled), as by a drain, and the disruption budget of its pods never "
    "allows an eviction, so the drain does not end.",
    fix="Scale the Deployment up for the drain, or let the budget allow one unavailable pod.",
    transient=True,
    means="what runs works, but the drain waits",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports budgets that never allow the eviction of a pod from a cordoned node."""
    desired = replicas_of(ctx)
    cordoned = {each.name for each in ctx.list(Node) if each.spec.unschedulable} if ctx.target.pods else set()
    staying = [pod for pod in ctx.target.pods if pod.spec.node_name in cordoned]
    if not staying:
        raise NotApplicableError("no pod is on a cordoned node")
    for budget in budgets_of(ctx):
        if not budget.status.disruptions_allowed and budget.status.desired_healthy >= desired:
            yield _finding(ctx, budget, staying, desired)


def _finding(ctx: Context, budget: DisruptionBudget, staying: list[Pod], desired: int) -> Finding:
    namespace, name = ctx.target.namespace, budget.name
    node, status = staying[0].spec.node_name, budget.status
    seen = ctx.record_evidence(
        f"poddisruptionbudget {name}",
        f"{rule(budget)}: {status.current_healthy} healthy, {status.desired_healthy} needed, 0 evictions allowed",
        command=kubectl.get("poddisruptionbudget", name, namespace=namespace),
    )
    return BLOCKED.finding(
        f"PodDisruptionBudget {name} ({rule(budget)} of {desired} pods) blocks every eviction, so the drain of {node} "
        f"waits for {counted([pod.name for pod in staying])}.",
        _one_more(ctx, desired),
        Step("List the cordoned nodes.", kubectl.get("nodes")),
        subjects=(f"poddisruptionbudget/{name}", f"node/{node}"),
        evidence=(seen,),
    )


def _one_more(ctx: Context, desired: int) -> Step:
    """Returns the step that adds a pod for the time of the drain; an autoscaler would take it back."""
    autoscaler = next(iter(listed_autoscalers(ctx)), None)
    if autoscaler is None:
        text = f"Run one pod more during the drain; after it, scale back to {desired}."
        return Step(text, ctx.owner.scale(desired + 1), changes=ctx.deployment)
    least, most = autoscaler.spec.min_replicas or 1, autoscaler.spec.max_replicas
    spec = {"minReplicas": desired + 1, **({"maxReplicas": desired + 1} if most <= desired else {})}
    text = f"Let autoscaler {autoscaler.name} run one pod more during the drain; after it, set minReplicas to {least}."
    return change_autoscaler(ctx, text, autoscaler.name, spec)


DRAIN_POSSIBLE = Check(
    id="scaling.drain-possible",
    title="A drain of the pods' nodes can end",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(BLOCKED,),
    reads=(*OWNER, *lists(Scope.CLUSTER, Node), *optional(lists(Scope.OWN, DisruptionBudget, Autoscaler))),
)
