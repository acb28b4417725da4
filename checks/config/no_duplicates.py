"""Is each variable given once? Of several entries the last counts, and a file that the command reads comes after all.

What a Secret or ConfigMap brings as a whole (envFrom) is not read: any entry of the environment overrides it.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.domain.kubernetes.environment import Origin, ValueSource, exported, origin_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.text import redaction

TWICE = Code(
    id="config.variable-twice",
    meaning="A variable is given several times and not alike. Only the last one counts, which is not the one that a "
    "reader of the values finds first.",
    fix="Keep the one that is meant.",
    severity=Severity.WARNING,
)
SHADOWED = Code(
    id="config.variable-shadowed",
    meaning="The environment gives a variable, and a file of the Vault agent that the command reads gives it again: "
    "what the environment says has no effect.",
    fix="Take the variable out of the environment, or out of the file's template.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Variables with several values, and those that a file overrides."""
    container = ctx.target.container
    given: dict[str, list[Origin]] = {}
    for variable in container.env:
        given.setdefault(variable.name, []).append(origin_of(variable))
    read: dict[str, list[Origin]] = {}
    for name, origin in exported(ctx.target.vault):
        read.setdefault(name, []).append(origin)
    for name, places in given.items():
        if name in read:
            yield _shadowed(ctx, name, places[-1], read[name][-1])
        elif len(set(places)) > 1:
            yield _twice(ctx, name, places)
        elif len(places) > 1 and redaction.MASK in places[0].name:
            ctx.note(f"{name} is given {len(places)} times as a secret text, which cannot be compared")
    for name, places in read.items():
        if name not in given and len(set(places)) > 1:
            yield _twice(ctx, name, places)
    if len(container.env_from) > 1:
        ctx.note(f"{len(container.env_from)} envFrom may bring the same variables: the last one counts")


def _twice(ctx: Context, name: str, places: list[Origin]) -> Finding:
    told = [each.label for each in places]
    return TWICE.finding(
        f"{name} is given {len(places)} times: {told[0]} first, {told[-1]} last, which alone counts.",
        _look(ctx, name),
        pods=ctx.target.pods_with_same(name),
        subjects=(f"variable/{name}",),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", f"{name}: {', then '.join(told)}"),),
    )


def _shadowed(ctx: Context, name: str, own: Origin, read: Origin) -> Finding:
    what = "a text" if own.source is ValueSource.LITERAL else own.label
    return SHADOWED.finding(
        f"{name} is given by {what} in the environment, and again by {read.label} in a file, which alone counts.",
        _look(ctx, name),
        pods=ctx.target.pods_with_same(name),
        subjects=(f"variable/{name}",),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", f"{name}: {what}, then {read.label}"),),
    )


def _look(ctx: Context, name: str) -> Step:
    entry = (
        f'{{range .spec.template.spec.containers[*].env[?(@.name=="{name}")]}}{{.value}}{{.valueFrom}}{{"\\n"}}{{end}}'
    )
    return Step("See all of its entries; of a file's, see the annotations.", ctx.owner.jsonpath(entry))


NO_DUPLICATES = Check(
    id="config.no-duplicates",
    title="Each variable is given once",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(TWICE, SHADOWED),
    occasions=(Occasion.AUDIT,),
)
