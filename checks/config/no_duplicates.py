"""Checks that each variable is set once.

Of several entries the last one counts, and files that the command reads override all. The contents of envFrom are not
read: any entry of the environment overrides them.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion, grouped
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.environment import Origin, ValueSource, exported, origin_of, variable_finding
from diagnose.model.report import Finding, Severity, Step
from diagnose.text import redaction
from diagnose.text.sentences import times

TWICE = Code(
    id="config.variable-twice",
    meaning="A variable is set several times with different values. Only the last one counts, which is not "
    "the first in the values.",
    fix="Keep the intended one.",
    severity=Severity.WARNING,
)
SHADOWED = Code(
    id="config.variable-shadowed",
    meaning="The environment sets a variable, and a file of the Vault agent that the command reads sets it "
    "again: the value in the environment has no effect.",
    fix="Remove the variable from the environment, or from the file's template.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields variables with several values, and those that a file overrides."""
    container = ctx.target.container
    given = grouped((variable.name, origin_of(variable)) for variable in container.env)
    read = grouped(exported(ctx.target.vault))
    for name, places in given.items():
        if name in read:
            yield _shadowed(ctx, name, places[-1], read[name][-1])
        elif len(set(places)) > 1:
            yield _twice(ctx, name, places)
        elif len(places) > 1 and redaction.MASK in places[0].name:
            ctx.note(f"{name} is set {times(len(places))} as a literal secret, which is not compared")
    for name, places in read.items():
        if name not in given and len(set(places)) > 1:
            yield _twice(ctx, name, places)
    if len(container.env_from) > 1:
        ctx.note(f"{len(container.env_from)} envFrom may set the same variables: the last one counts")


def _twice(ctx: Context, name: str, places: list[Origin]) -> Finding:
    reported = [each.label for each in places]
    summary = f"{name} is set {times(len(places))}: {reported[0]} first; the last value, {reported[-1]}, wins."
    return variable_finding(ctx, TWICE, (name,), summary, f"{name}: {', then '.join(reported)}", _inspect(ctx, name))


def _shadowed(ctx: Context, name: str, own: Origin, read: Origin) -> Finding:
    what = "a literal" if own.source is ValueSource.LITERAL else own.label
    summary = f"{name} is set by {what} in the environment, and again by {read.label} in a file, which wins."
    return variable_finding(ctx, SHADOWED, (name,), summary, f"{name}: {what}, then {read.label}", _inspect(ctx, name))


def _inspect(ctx: Context, name: str) -> Step:
    entry = (
        f"{{range .spec.template.spec.containers[*].env[?(@.name=={kubectl.text(name)})]}}"
        '{.value}{.valueFrom}{"\\n"}{end}'
    )
    return Step("Show all of its entries; for a file, the annotations.", ctx.owner.jsonpath(entry))


NO_DUPLICATES = Check(
    id="config.no-duplicates",
    title="Each variable is set once",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(TWICE, SHADOWED),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_BY_MANIFEST),
)
