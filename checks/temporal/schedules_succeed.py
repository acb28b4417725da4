"""Checks that the runs of the worker's schedules succeed; those that run rarely do not show in recent results."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.commands.temporal import text
from diagnose.domain.temporal.queries import executions_of, frontend
from diagnose.domain.temporal.schedules import failed_in_a_row, is_failing, reason_of, runs_finding, worker_schedules
from diagnose.model.report import Alternative, Finding, Step

FAILING = Code(
    id="temporal.schedule-failing",
    meaning="The runs of a schedule fail repeatedly: it starts its workflow in time, but that fails.",
    fix="Fix the cause of the failure; the next run starts by itself.",
    symptom=True,
    alternatives=(
        Alternative(
            "What its workflow needs fails: the failure of the last run names it.", "temporal.activity-failing"
        ),
        "The schedule's arguments do not fit the workflow's code: compare both.",
    ),
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields schedules whose runs fail repeatedly."""
    executions = executions_of(ctx)
    for each in worker_schedules(ctx, executions):
        if is_failing(each, executions.ended):
            which = f"The last {failed_in_a_row(each, executions.ended)} runs"
            command = frontend(ctx).list_workflows(f"TemporalScheduledById={text(each.id)}", limit=10)
            step = Step("List its runs, and read the history of one.", command)
            yield runs_finding(ctx, FAILING, each, which, reason_of(each, executions.ended), step, longest=80)


SCHEDULES_SUCCEED = Check(
    id="temporal.schedules-succeed",
    title="The runs of the worker's schedules succeed",
    stage=stages.SCHEDULED_RESULTS,
    run=run,
    codes=(FAILING,),
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
