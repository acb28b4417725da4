"""Does exactly one disruption budget select the pods?

One with another selector protects nothing; with two for the same pods the API server evicts no pod.
"""

from collections.abc import Iterator
from typing import Any

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.budgets import budgets_of, get_command
from diagnose.domain.kubernetes.pods import controller_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Deployment, DisruptionBudget, StatefulSet
from diagnose.resources.selectors import to_text
from diagnose.text.sentences import truncate

OVERLAP = Code(
    id="scaling.budgets-overlap",
    meaning="Several disruption budgets select the same pods. The API server evicts no such pod, so no drain of their "
    "nodes completes.",
    fix="Keep one budget for the pods.",
    severity=Severity.WARNING,
)
SELECTS_NONE = Code(
    id="scaling.budget-selects-none",
    meaning="The disruption budget for the worker has a selector that does not match its pods, so it protects nothing: "
    "a drain may evict all pods of a node at once.",
    fix="Correct the budget's selector.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports budgets that conflict, or the one that is intended for the pods and does not select them."""
    controller_of(ctx)
    if own := budgets_of(ctx):
        if len(own) > 1:
            yield _overlap(ctx, own)
        return
    budgets = ctx.list(DisruptionBudget, ctx.target.namespace)
    if intended := next((each for each in budgets if _is_intended(ctx, each)), None):
        yield _selects_none(ctx, intended)
    else:
        ctx.note("no disruption budget protects the pods: a drain may evict all pods of a node at once")


def _is_intended(ctx: Context, budget: DisruptionBudget) -> bool:
    release = ctx.target.release
    of_release = budget.metadata.labels.get("app.kubernetes.io/instance")
    return budget.name == ctx.target.name or (release is not None and of_release == release.name)


def _overlap(ctx: Context, budgets: list[DisruptionBudget]) -> Finding:
    names = [each.name for each in sorted(budgets, key=lambda each: each.creation_order)]
    where, show = ctx.target.namespace, get_command(ctx, *names)
    seen = ctx.record_evidence(f"poddisruptionbudgets {', '.join(names)}", "all select the worker's pods", command=show)
    return OVERLAP.finding(
        f"PodDisruptionBudgets {' and '.join(names)} select the same pods, so each of their evictions is refused.",
        Step(
            f"Delete the unintended one; {names[-1]} is the newest.",
            kubectl.delete("pdb", names[-1], namespace=where),
            changes=f"poddisruptionbudget {where}/{names[-1]}",
        ),
        Step("Compare them.", show.add("-o", "yaml")),
        subjects=tuple(f"poddisruptionbudget/{name}" for name in names),
        evidence=(seen,),
    )


def _selecting(ctx: Context) -> list[dict[str, Any]]:
    """Returns the change of a budget's selector to that of the workload."""
    controller = controller_of(ctx)
    labels = controller.spec.selector.match_labels if isinstance(controller, Deployment | StatefulSet) else {}
    value = {"matchLabels": labels or ctx.target.template.metadata.labels}
    return [{"op": "add", "path": "/spec/selector", "value": value}]


def _selects_none(ctx: Context, budget: DisruptionBudget) -> Finding:
    labels, where, name = to_text(budget.spec.selector) or "no selector", ctx.target.namespace, budget.name
    show = get_command(ctx, name)
    seen = ctx.record_evidence(f"poddisruptionbudget {name}", f"selector {labels}", command=show)
    return SELECTS_NONE.finding(
        f"PodDisruptionBudget {name} selects none of the worker's pods ({truncate(labels, 60)}), so it protects "
        "nothing.",
        Step(
            "Let it select the pods.",
            kubectl.patch("pdb", name, _selecting(ctx), namespace=where, how="json"),
            changes=f"poddisruptionbudget {where}/{name}",
        ),
        Step("List the pods' labels.", kubectl.get("pods", namespace=where, flags=("--show-labels",))),
        subjects=(f"poddisruptionbudget/{name}",),
        evidence=(seen,),
    )


ONE_BUDGET = Check(
    id="scaling.one-budget",
    title="One disruption budget protects the pods",
    stage=stages.BUDGETS,
    run=run,
    codes=(OVERLAP, SELECTS_NONE),
    occasions=(Occasion.AUDIT,),
    reads=(*OWNER, *needed(Necessity.CONDITIONAL, lists(Scope.OWN, StatefulSet)), *lists(Scope.OWN, DisruptionBudget)),
)
