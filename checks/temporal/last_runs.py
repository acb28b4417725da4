"""Checks that the last run of every schedule succeeded.

One failure is no incident, but a daily job has missed its day.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.temporal.queries import change_step, executions_of
from diagnose.domain.temporal.schedules import failed_in_a_row, reason_of, runs_finding, worker_schedules
from diagnose.model.report import Alternative, Finding, Severity

FAILED = Code(
    id="temporal.last-run-failed",
    meaning="The last completed run of a schedule failed.",
    fix="Read the failure; trigger the schedule again if its work cannot wait for the next run.",
    severity=Severity.WARNING,
    symptom=True,
    alternatives=(
        "What its workflow needs failed then, and may work again: trigger the schedule.",
        Alternative(
            "The workflow's code or its arguments are at fault: the failure names it.", "temporal.workflows-failing"
        ),
    ),
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields schedules whose last run failed."""
    executions = executions_of(ctx)
    for each in worker_schedules(ctx, executions):
        if failed_in_a_row(each, executions.ended):
            after = f"; the next is at {each.next_at:%d %b %H:%M} UTC" if each.next_at else ""
            step = change_step(ctx, "Run it now.", "schedule", "trigger", options={"--schedule-id": each.id})
            reason = reason_of(each, executions.ended)
            yield runs_finding(ctx, FAILED, each, "The last run", reason, step, longest=50, after=after)


LAST_RUNS = Check(
    id="temporal.last-runs",
    title="The last run of every schedule succeeded",
    stage=stages.FAILURES,
    run=run,
    codes=(FAILED,),
    occasions=(Occasion.AUDIT,),
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
