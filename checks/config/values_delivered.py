"""Does what Secrets, ConfigMaps and files deliver make sense? Only the process has these values: it says their shape.

Nothing of a value is shown. What stands in the template itself is judged there.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EXEC
from diagnose.domain.kubernetes.environment import list_step
from diagnose.domain.kubernetes.pods import subjects
from diagnose.model.report import Evidence, Finding, Severity, Vantage
from diagnose.queries.exec_survey.survey import Kind, Shape, Value, ValueFlaw

WRAPPED = Code(
    id="config.delivered-wrapped",
    meaning="What a Secret or a file delivers begins or ends with blanks, a line break or quotes, as `echo` without -n "
    "leaves it. The worker takes them for a part of the value.",
    fix="Store the value without them, then restart the pods.",
    severity=Severity.WARNING,
)
UNRENDERED = Code(
    id="config.delivered-unrendered",
    meaning="What a Secret or a file delivers is the text of a template, or a reference that nothing replaced.",
    fix="Store the value itself, then restart the pods.",
    severity=Severity.WARNING,
)
MISTYPED = Code(
    id="config.delivered-mistyped",
    meaning="What a Secret or a ConfigMap delivers is not of the kind that the worker takes it for.",
    fix="Store a value of that kind, then restart the pods.",
    severity=Severity.WARNING,
)
EMPTY = Code(
    id="config.delivered-empty",
    meaning="A Secret, a ConfigMap or a file has an entry for a variable, and nothing in it.",
    fix="Store the value, or take the variable away.",
    severity=Severity.WARNING,
)
WORKER_LOGS = {
    ValueFlaw.PADDED: (WRAPPED, "has blanks or a line break around its value"),
    ValueFlaw.QUOTED: (WRAPPED, "has quotes around its value"),
    ValueFlaw.REFERENCE: (UNRENDERED, "holds a reference $(NAME) that nothing replaced"),
    ValueFlaw.TEMPLATE: (UNRENDERED, "holds the text of a template that nobody filled in"),
}


def run(ctx: Context) -> Iterator[Finding]:
    """Values that cannot be meant so, as the processes have them."""
    present = {pod.name for pod in ctx.target.current_pods}
    surveys = [each for each in ctx.surveys() if each.pod.name in present and each.answer.values]
    if not surveys:
        raise NotApplicableError("no process of the present template runs that could say what its values look like")
    literals = {each.name for each in ctx.target.container.env if each.value_from is None}
    grouped: dict[tuple[str, Code, str], list[str]] = {}
    for each in surveys:
        for value in each.answer.values:
            if value.label not in literals and (judged := judge(ctx, value)):
                grouped.setdefault((value.label, *judged), []).append(each.pod.name)
    for (name, code, words), pods in grouped.items():
        seen = Evidence(source=f"process of pod {pods[0]}", text=f"{name} {words}", vantage=Vantage.POD)
        yield code.finding(
            f"{name} {words}, in {len(pods)} of {len(ctx.target.pods)} pods.",
            list_step(ctx),
            pods=tuple(pods),
            subjects=(f"variable/{name}", *subjects(tuple(pods))),
            evidence=(seen,),
        )


def judge(ctx: Context, value: Value) -> tuple[Code, str] | None:
    """What is wrong with the shape of a value, as code and words."""
    profile = ctx.target.profile
    wanted = profile.types.get(value.label)
    if value.shape is Shape.EMPTY and value.label not in profile.required_variables:
        return EMPTY, "is delivered empty"
    for trap in value.traps:
        return WORKER_LOGS[trap]
    if value.shape is Shape.SET and wanted and value.kind != Kind(wanted):
        return MISTYPED, f"is no {wanted}, which the worker takes it for"
    return None


VALUES_DELIVERED = Check(
    id="config.values-delivered",
    title="What Secrets and files deliver makes sense",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(WRAPPED, UNRENDERED, MISTYPED, EMPTY),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_DEPLOY),
    reads=EXEC,
)
