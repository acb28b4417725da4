"""Does the disruption budget allow an eviction? Checked before a node is drained, when there is time to change it.

A budget that never allows one blocks every drain, and every upgrade of the nodes.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import listed_autoscalers
from diagnose.domain.kubernetes.budgets import budgets_of, get_command, required_pods, rule
from diagnose.domain.kubernetes.pods import replicas_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Autoscaler, DisruptionBudget

ALLOWS_NONE = Code(
    id="scaling.budget-allows-none",
    meaning="The disruption budget requires all pods, so no drain of their nodes completes. With an autoscaler its "
    "minimum counts.",
    fix="Let the budget allow one unavailable pod, or run one more pod.",
    severity=Severity.WARNING,
    # It is the same budget, which blocks a drain now.
    explained_by=("scaling.drain-blocked",),
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a budget that requires all pods."""
    if ctx.occasion in INCIDENTS and not ctx.target.profile.lacks("temporal"):
        raise NotApplicableError("of a Temporal worker an audit reports it")
    desired = replicas_of(ctx)
    own = budgets_of(ctx)
    if not desired:
        raise NotApplicableError("it is scaled to 0")
    if not own:
        raise NotApplicableError("no disruption budget selects the pods")
    fewest = min((desired, *(each.spec.min_replicas for each in listed_autoscalers(ctx))))
    for budget in own:
        if required_pods(budget, fewest) >= fewest:
            yield _finding(ctx, budget, fewest, " when the autoscaler is at its minimum" if fewest < desired else "")


def _finding(ctx: Context, budget: DisruptionBudget, fewest: int, when: str) -> Finding:
    show, where = get_command(ctx, budget.name), f"poddisruptionbudget {ctx.target.namespace}/{budget.name}"
    seen = ctx.record_evidence(f"poddisruptionbudget {budget.name}", f"{rule(budget)} of {fewest} pods", command=show)
    # The other rule is removed, because a budget may have only one.
    change = {"spec": {"minAvailable": None, "maxUnavailable": 1}}
    pods = "1 pod" if fewest == 1 else f"{fewest} pods"
    return ALLOWS_NONE.finding(
        f"PodDisruptionBudget {budget.name} ({rule(budget)} of {pods}) blocks every eviction{when}, so a "
        "drain never completes.",
        Step(
            "Allow one unavailable pod; with a single pod that means a short interruption.",
            kubectl.patch("pdb", budget.name, change, namespace=ctx.target.namespace, how="merge"),
            changes=where,
        ),
        Step("Read what it allows.", show),
        subjects=(f"poddisruptionbudget/{budget.name}",),
        evidence=(seen,),
    )


BUDGET_YIELDS = Check(
    id="scaling.budget-yields",
    title="The disruption budget allows an eviction",
    stage=stages.EVICTIONS,
    run=run,
    codes=(ALLOWS_NONE,),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(*OWNER, *needed(Necessity.CONDITIONAL, lists(Scope.OWN, Autoscaler, DisruptionBudget))),
)
