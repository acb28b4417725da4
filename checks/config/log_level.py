"""Checks that the log level shows the start, and no more.

Above info, the worker's own lines are missing, so that its progress at startup is unknown, to this tool, too. The
messages of its validation and of the Temporal SDK do not depend on the level.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.domain.kubernetes.environment import variable_finding
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Severity

HIDES = Code(
    id="config.log-level-hides-start",
    meaning="At this level the worker does not log its start, so that its log does not show where a start hangs.",
    fix="Set the level to info.",
    severity=Severity.WARNING,
)
FLOODS = Code(
    id="config.log-level-verbose",
    meaning="At this level the worker logs details for developers only: the log is expensive, covers less "
    "time, and may contain sensitive data.",
    fix="Set the level to info.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a level that hides the start, or that logs too much."""
    levels = ctx.target.profile.log_levels
    if not levels.variable:
        raise NotApplicableError(f"the profile {ctx.target.profile.name} knows no log levels of the program")
    found = ctx.target.container.variable(levels.variable)
    if found is None or found.value_from:
        raise NotApplicableError(f"the template does not set {levels.variable}")
    level, step = found.value, set_variable(ctx, levels.variable, "info")
    for code, names, effect in (
        (HIDES, levels.hiding, "hides the log of the worker's start, so a start that hangs leaves no trace"),
        (FLOODS, levels.flooding, "logs details for developers only, so the log covers less time"),
    ):
        if level in names:
            summary = f'{levels.variable} "{level}" {effect}.'
            yield variable_finding(ctx, code, (levels.variable,), summary, f"{levels.variable}={level}", step)


LOG_LEVEL = Check(
    id="config.log-level",
    title="The log level shows a start, and no more",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(HIDES, FLOODS),
    occasions=(Occasion.AUDIT,),
)
