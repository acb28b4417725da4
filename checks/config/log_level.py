"""Does the log level show a start, and no more than that?

At a level above info the worker's own lines are gone: how far a start got is then known to nobody, this tool included.
What its validation and the Temporal SDK print does not follow the level.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Severity

HIDES = Code(
    id="config.log-level-hides-start",
    meaning="At this level the worker does not print the lines of its start, so that its log no longer tells where a "
    "start hangs.",
    fix="Set the level to info.",
    severity=Severity.WARNING,
)
FLOODS = Code(
    id="config.log-level-verbose",
    meaning="At this level the worker prints what only its developers need: the log costs more, keeps less of the "
    "past, and may show contents.",
    fix="Set the level to info.",
    severity=Severity.WARNING,
)
VARIABLE = "LOG_LEVEL"
HIDING, FLOODING = {"error", "warn"}, {"verbose", "debug", "silly"}


def run(ctx: Context) -> Iterator[Finding]:
    """A level that hides the start, or that shows too much."""
    found = ctx.target.container.variable(VARIABLE)
    if found is None or found.value_from:
        raise NotApplicableError(f"the template does not say {VARIABLE}")
    level = found.value
    if level in HIDING:
        yield _finding(ctx, HIDES, level, "hides the lines of the worker's start: where a start hangs is not logged")
    elif level in FLOODING:
        yield _finding(ctx, FLOODS, level, "prints what only developers need, and keeps less of the past in the log")


def _finding(ctx: Context, code: Code, level: str, words: str) -> Finding:
    return code.finding(
        f'{VARIABLE} "{level}" {words}.',
        set_variable(ctx, VARIABLE, "info"),
        pods=ctx.target.pods_with_same(VARIABLE),
        subjects=(f"variable/{VARIABLE}",),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", f"{VARIABLE}={level}"),),
    )


LOG_LEVEL = Check(
    id="config.log-level",
    title="The log level shows a start, and no more",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(HIDES, FLOODS),
    occasions=(Occasion.AUDIT,),
)
