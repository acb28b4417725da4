"""Does the disruption budget allow an eviction? Checked before a node is drained, when there is time to change it.

A budget that never allows one blocks every drain, and every upgrade of the nodes.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.autoscaling import autoscalers_of, required_pods, rule
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Autoscaler, Deployment, DisruptionBudget
from diagnose.resources.selectors import selects

ALLOWS_NONE = Code(
    id="scaling.budget-allows-none",
    meaning="The disruption budget requires all pods, so no drain of their nodes completes. With an autoscaler its "
    "minimum counts.",
    fix="Let the budget allow one unavailable pod, or run one more pod.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a budget that requires all pods."""
    desired = deployment_of(ctx).spec.replicas
    labels, budgets = ctx.target.template.metadata.labels, ctx.list(DisruptionBudget, ctx.target.namespace)
    own = [each for each in budgets if selects(each.spec.selector, labels)]
    if not desired or not own:
        raise NotApplicableError(
            "no disruption budget selects the pods" if desired else "the Deployment is scaled to 0"
        )
    for budget in own:
        yield from _allows_none(ctx, budget, desired)


def _allows_none(ctx: Context, budget: DisruptionBudget, desired: int) -> Iterator[Finding]:
    fewest, when = desired, ""
    try:
        least = min((each.spec.min_replicas for each in autoscalers_of(ctx)), default=desired)
        if least < desired:
            fewest, when = least, " when the autoscaler is at its minimum"
    except NoAnswerError as error:
        ctx.record_problem(str(error))
    if required_pods(budget, fewest) < fewest:
        return
    seen = ctx.record_evidence(
        f"poddisruptionbudget {budget.name}", f"{rule(budget)} of {fewest} pods", command=_get(ctx, budget)
    )
    # The other rule is removed, because a budget may have only one.
    change = {"spec": {"minAvailable": None, "maxUnavailable": 1}}
    pods = "1 pod" if fewest == 1 else f"{fewest} pods"
    yield ALLOWS_NONE.finding(
        f"PodDisruptionBudget {budget.name} ({rule(budget)} of {pods}) allows no eviction{when}, so no drain "
        "would end.",
        Step(
            "Allow one unavailable pod; with a single pod that means a short interruption.",
            kubectl.patch("pdb", budget.name, change, namespace=ctx.target.namespace, how="merge"),
            changes=f"poddisruptionbudget {ctx.target.namespace}/{budget.name}",
        ),
        Step("Read what it allows.", _get(ctx, budget)),
        subjects=(f"poddisruptionbudget/{budget.name}",),
        evidence=(seen,),
    )


def _get(ctx: Context, budget: DisruptionBudget) -> Command:
    return kubectl.get("pdb", budget.name, namespace=ctx.target.namespace)


BUDGET_YIELDS = Check(
    id="scaling.budget-yields",
    title="The disruption budget allows an eviction",
    stage=stages.EVICTIONS,
    run=run,
    codes=(ALLOWS_NONE,),
    occasions=(Occasion.AUDIT,),
    reads=lists(Scope.OWN, Deployment, Autoscaler, DisruptionBudget),
)
