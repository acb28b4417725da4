"""Checks that the runs of the worker's schedules succeed; those that run rarely do not show in recent results."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.temporal.queries import executions_of, frontend
from diagnose.domain.temporal.schedules import (
    describe_schedule,
    failed_in_a_row,
    is_failing,
    reason_of,
    worker_schedules,
)
from diagnose.model.report import Finding, Step
from diagnose.queries.workflow_executions import Schedule
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

FAILING = Code(
    id="temporal.schedule-failing",
    meaning="The runs of a schedule fail repeatedly: it starts its workflow in time, but that fails.",
    fix="Fix the cause of the failure; the next run starts by itself.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields schedules whose runs fail repeatedly."""
    executions = executions_of(ctx)
    for each in worker_schedules(ctx, executions):
        if is_failing(each, executions.ended):
            times = failed_in_a_row(each, executions.ended)
            yield _finding(ctx, each, times, reason_of(each, executions.ended))


def _finding(ctx: Context, each: Schedule, times: int, reason: str) -> Finding:
    message = one_line(reason).rstrip(".")
    return FAILING.finding(
        f"The last {times} runs of schedule {each.id} failed{f': {truncate(message, 80)}' if message else ''}.",
        describe_schedule(ctx, each.id),
        Step(
            "List its runs, and read the history of one.",
            frontend(ctx).list_workflows(f"TemporalScheduledById='{each.id}'", limit=10),
        ),
        subjects=(f"schedule/{each.id}", f"workflow/{each.workflow}"),
        evidence=(ctx.record_evidence(f"schedule {each.id}", f"{', '.join(each.results)}; {truncate(message, 200)}"),),
    )


SCHEDULES_SUCCEED = Check(
    id="temporal.schedules-succeed",
    title="The runs of the worker's schedules succeed",
    stage=stages.SCHEDULED_RESULTS,
    run=run,
    codes=(FAILING,),
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
