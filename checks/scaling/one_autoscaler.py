"""Does only one autoscaler scale the Deployment? Where several do, the controller lets none of them scale."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import autoscalers_of
from diagnose.model.report import Finding, Step
from diagnose.resources import Autoscaler, Deployment

CONFLICT = Code(
    id="scaling.autoscalers-conflict",
    meaning="Several autoscalers have the same target. Kubernetes then lets none of them scale (AmbiguousSelector); "
    "other kinds of autoscalers would undo each other's work.",
    fix="Keep one autoscaler, with all metrics in it.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """A finding where there are several."""
    found = autoscalers_of(ctx)
    if not found:
        raise NotApplicableError("no autoscaler scales the Deployment")
    if len(found) == 1:
        return
    # What a chart made is kept; what came later, mostly by hand, goes.
    found = sorted(found, key=lambda each: str(each.metadata.creation_timestamp))
    names, namespace = [each.name for each in found], ctx.target.namespace
    said = [each.message for scaler in found for each in scaler.status.conditions if each.reason == "AmbiguousSelector"]
    look = kubectl.get("hpa", *names, namespace=namespace)
    seen = ctx.record_evidence(f"hpa {', '.join(names)}", (said or ["both have the same target"])[0], command=look)
    yield CONFLICT.finding(
        f"Autoscalers {' and '.join(names)} both scale {ctx.target.name}, so Kubernetes lets neither of them do it.",
        subjects=tuple(f"horizontalpodautoscaler/{name}" for name in names),
        evidence=(seen,),
        steps=(
            Step(
                text=f"Delete the one that is not meant; {names[-1]} is the newest.",
                command=kubectl.delete("hpa", names[-1], namespace=namespace),
                changes=f"autoscaler {namespace}/{names[-1]}",
            ),
            Step(text="See what each of them says.", command=look),
        ),
    )


ONE_AUTOSCALER = Check(
    id="scaling.one-autoscaler",
    title="One autoscaler at most scales the Deployment",
    stage=stages.AUTOSCALERS,
    run=run,
    codes=(CONFLICT,),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=lists(Scope.OWN, Deployment, Autoscaler),
)
