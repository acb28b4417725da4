"""Does only one autoscaler scale the Deployment? With several of them the controller lets none scale."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import NOT_SCALED, autoscalers_of
from diagnose.model.report import Finding, Step
from diagnose.resources import Autoscaler

CONFLICT = Code(
    id="scaling.autoscalers-conflict",
    meaning="Several autoscalers have the same target. Kubernetes then lets none of them scale (AmbiguousSelector); "
    "other kinds of autoscalers would undo each other's work.",
    fix="Keep one autoscaler with all metrics.",
    means=NOT_SCALED,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports several autoscalers of the Deployment."""
    found = autoscalers_of(ctx)
    if not found:
        raise NotApplicableError("no autoscaler scales the Deployment")
    if len(found) == 1:
        return
    # The chart's own, usually the oldest, is kept; a later one, usually made by hand, is removed.
    found = sorted(found, key=lambda each: each.creation_order)
    names, namespace = [each.name for each in found], ctx.target.namespace
    conditions = (each for scaler in found for each in scaler.status.conditions)
    messages = (each.message for each in conditions if each.reason == "AmbiguousSelector")
    get_command, text = kubectl.get("hpa", *names, namespace=namespace), next(messages, "both have the same target")
    seen = ctx.record_evidence(f"hpa {', '.join(names)}", text, command=get_command)
    yield CONFLICT.finding(
        f"Autoscalers {' and '.join(names)} both scale {ctx.target.name}, so Kubernetes lets neither of them scale.",
        Step(
            f"Delete the unintended one; {names[-1]} is the newest.",
            kubectl.delete("hpa", names[-1], namespace=namespace),
            changes=f"autoscaler {namespace}/{names[-1]}",
        ),
        Step("Read their conditions.", get_command),
        subjects=tuple(f"horizontalpodautoscaler/{name}" for name in names),
        evidence=(seen,),
    )


ONE_AUTOSCALER = Check(
    id="scaling.one-autoscaler",
    title="At most one autoscaler scales the Deployment",
    stage=stages.AUTOSCALERS,
    run=run,
    codes=(CONFLICT,),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(*OWNER, *lists(Scope.OWN, Autoscaler)),
)
