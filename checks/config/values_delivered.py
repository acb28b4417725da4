"""Checks the values from Secrets, ConfigMaps and files by their shape in the process.

No value is shown. Literal values of the template have a check of their own.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion, grouped
from diagnose.check.reads import EXEC
from diagnose.domain.kubernetes.environment import list_step, origins
from diagnose.domain.kubernetes.pods import subjects
from diagnose.model.report import Evidence, Finding, Severity, Vantage
from diagnose.queries.exec_survey.survey import Kind, Shape, Value, ValueFlaw

WRAPPED = Code(
    id="config.delivered-wrapped",
    meaning="A value from a Secret or a file starts or ends with blanks, a line break or quotes, such as "
    "`echo` without -n adds. The worker uses them as a part of the value.",
    fix="Store the value without them, then restart the pods.",
    severity=Severity.WARNING,
)
UNRENDERED = Code(
    id="config.delivered-unrendered",
    meaning="A value from a Secret or a file is the text of a template, or an unexpanded reference.",
    fix="Store the value itself, then restart the pods.",
    severity=Severity.WARNING,
)
MISTYPED = Code(
    id="config.delivered-mistyped",
    meaning="A value from a Secret or a ConfigMap does not have the type that the worker parses.",
    fix="Store a value of that type, then restart the pods.",
    severity=Severity.WARNING,
)
EMPTY = Code(
    id="config.delivered-empty",
    meaning="A Secret, a ConfigMap or a file has an empty value for a variable.",
    fix="Store the value, or remove the variable.",
    severity=Severity.WARNING,
)
WORKER_LOGS = {
    ValueFlaw.PADDED: (WRAPPED, "has leading or trailing whitespace"),
    ValueFlaw.QUOTED: (WRAPPED, "has quotes around its value"),
    ValueFlaw.REFERENCE: (UNRENDERED, "has an unexpanded reference $(NAME)"),
    ValueFlaw.TEMPLATE: (UNRENDERED, "contains an unrendered template"),
}

_FOLLOWS = {
    WRAPPED: ", so what is signed, compared or looked up with it does not match",
    UNRENDERED: ", so the program uses that text as the value",
}
"""What follows of a flaw for the program that has the value."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields likely mistakes in the values of processes."""
    present = {pod.name for pod in ctx.target.current_pods}
    surveys = [each for each in ctx.surveys() if each.pod.name in present and each.answer.values]
    if not surveys:
        raise NotApplicableError("no process of the current template reports the shape of its values")
    literals = {each.name for each in ctx.target.container.env if each.value_from is None}
    delivered = ((value, each.pod.name) for each in surveys for value in each.answer.values)
    faults = grouped(
        ((value.label, *judged), pod)
        for value, pod in delivered
        if value.label not in literals and (judged := judge(ctx, value))
    )
    for (name, code, problem), pods in faults.items():
        found = origins(ctx.target.container, ctx.target.vault, name)
        origin = f", from {found[-1].label}" if found else ""
        seen = Evidence(source=f"process of pod {pods[0]}", text=f"{name} {problem}{origin}", vantage=Vantage.POD)
        yield code.finding(
            f"{name} {problem}, in {len(pods)} of {len(ctx.target.pods)} pods{_FOLLOWS.get(code, '')}.",
            list_step(ctx),
            pods=tuple(pods),
            subjects=(f"variable/{name}", *subjects(tuple(pods))),
            evidence=(seen,),
        )


def judge(ctx: Context, value: Value) -> tuple[Code, str] | None:
    """Returns the problem of a value's shape, as code and text."""
    profile = ctx.target.profile
    expected = profile.types.get(value.label)
    if value.shape is Shape.EMPTY and value.label not in profile.required_variables:
        return EMPTY, "is empty"
    for trap in value.traps:
        return WORKER_LOGS[trap]
    if value.shape is Shape.SET and expected and value.kind != Kind(expected):
        return MISTYPED, f"is not a valid {expected}"
    return None


VALUES_DELIVERED = Check(
    id="config.values-delivered",
    title="Values from Secrets and files are plausible",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(WRAPPED, UNRENDERED, MISTYPED, EMPTY),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_DEPLOY),
    reads=EXEC,
)
