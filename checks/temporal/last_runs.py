"""Checks that the last run of every schedule succeeded.

One failure is no incident, but a daily job has missed its day.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.temporal.queries import executions_of, frontend
from diagnose.domain.temporal.schedules import describe_schedule, failed_in_a_row, reason_of, worker_schedules
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.workflow_executions import Schedule
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

FAILED = Code(
    id="temporal.last-run-failed",
    meaning="The last completed run of a schedule failed.",
    fix="Read the failure; trigger the schedule again if its work cannot wait for the next run.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields schedules whose last run failed."""
    executions = executions_of(ctx)
    for each in worker_schedules(ctx, executions):
        if failed_in_a_row(each, executions.ended):
            yield _finding(ctx, each, reason_of(each, executions.ended))


def _finding(ctx: Context, each: Schedule, reason: str) -> Finding:
    message = one_line(reason).rstrip(".")
    after = f"; the next is at {each.next_at:%d %b %H:%M} UTC" if each.next_at else ""
    return FAILED.finding(
        f"The last run of schedule {each.id} failed{f': {truncate(message, 50)}' if message else ''}{after}.",
        describe_schedule(ctx, each.id),
        Step(
            "Run it now.",
            frontend(ctx).temporal("schedule", "trigger", options={"--schedule-id": each.id}),
            changes="Temporal",
        ),
        subjects=(f"schedule/{each.id}", f"workflow/{each.workflow}"),
        evidence=(ctx.record_evidence(f"schedule {each.id}", f"{', '.join(each.results)}; {truncate(message, 200)}"),),
    )


LAST_RUNS = Check(
    id="temporal.last-runs",
    title="The last run of every schedule succeeded",
    stage=stages.FAILURES,
    run=run,
    codes=(FAILED,),
    occasions=(Occasion.AUDIT,),
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
