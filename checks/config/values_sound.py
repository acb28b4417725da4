"""Do the values written into the template make sense on their own? The worker takes them as they are.

Addresses of database and Temporal, and the health port, have checks of their own, which follow where they lead.
"""

from collections.abc import Iterator

from checks.values import CODES, NUMBER, UNRENDERED, UNRESOLVED, WRAPPED, judge
from diagnose.check.api import BY_TEMPLATE, INCIDENTS, Check, Code, Context, Occasion
from diagnose.check.reads import TRIED
from diagnose.domain.kubernetes.environment import REFERENCE, unresolved
from diagnose.domain.kubernetes.pods import subjects
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Severity

ELSEWHERE = ("DB_", "TEMPORAL_", "HEALTH_CHECK_", "ENABLE_HEALTH_CHECK", "VAULT_")


def ask(ctx: Context) -> Iterator[Finding]:
    """Literal values that cannot be meant so."""
    container, profile = ctx.target.container, ctx.target.profile
    started = ctx.occasion in INCIDENTS
    for variable in container.env:
        if not variable.value or variable.value_from:
            continue
        if lost := unresolved(container, variable):
            words = f"{variable.name} refers to $({lost[0]}), which no entry before it defines, and stays that text"
            yield _finding(ctx, variable.name, UNRESOLVED, words, "VALUE")
            continue
        # Where a start has shown what comes of them, the checks of their dependencies tell.
        if REFERENCE in variable.value or (started and variable.name.startswith(ELSEWHERE)):
            continue
        judged = judge(variable.name, variable.value, profile.types)
        # Of a required variable the process itself is asked whether it is a placeholder.
        told = variable.name in profile.required_variables and _is_asked(ctx, variable.name)
        if judged and not (judged[0] is UNRENDERED and told):
            yield _finding(ctx, variable.name, *judged)


def _is_asked(ctx: Context, name: str) -> bool:
    """Whether a process that has it from this very template says what it looks like."""
    same = () if ctx.target.manifest else ctx.target.pods_with_same(name)
    return any(each.answer.variable(name) for each in ctx.world.surveys() if each.pod.name in same)


def _finding(ctx: Context, name: str, code: Code, words: str, meant: str) -> Finding:
    pods = ctx.target.pods_with_same(name)
    # Such a value may well be what the start fails for; the others show later, if at all.
    stops = code in {NUMBER, WRAPPED, UNRENDERED, UNRESOLVED} and any(
        not pod.ready for pod in ctx.target.pods if pod.name in pods
    )
    return code.finding(
        f"{words}.",
        severity=Severity.CRITICAL if stops else None,
        pods=pods,
        subjects=(f"variable/{name}", *subjects(pods)),
        evidence=(ctx.saw(f"template of {ctx.target.name}", words),),
        steps=(set_variable(ctx, name, meant),),
    )


VALUES_SOUND = Check(
    id="config.values-sound",
    title="The values of the environment make sense",
    ask=ask,
    codes=CODES,
    occasions=(*BY_TEMPLATE, Occasion.AUDIT),
    reads=TRIED,
)
