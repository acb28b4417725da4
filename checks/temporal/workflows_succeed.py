"""Checks that workflows succeed; a type that fails repeatedly within the last minutes is reported.

Errors of a dependency are the subject of its own checks, and count here only where they persist.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.commands.temporal import text
from diagnose.domain.temporal.queries import executions_of, frontend, log_step, own_queues
from diagnose.domain.temporal.workflows import FailingType, failing
from diagnose.model.report import Alternative, Finding, Step
from diagnose.text.characters import one_line
from diagnose.text.sentences import fit, truncate

FAILING = Code(
    id="temporal.workflows-failing",
    meaning="Executions of a workflow fail repeatedly within the last minutes. The workers process them, so "
    "the failure has the cause: their code, their input, or a dependency of an activity.",
    fix="Fix the cause of the failure, and start the executions again.",
    symptom=True,
    alternatives=(
        Alternative(
            "What an activity needs fails: the innermost cause of the failure names it.", "temporal.activity-failing"
        ),
        "The code or the input is at fault: compare with executions that succeed.",
    ),
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the types of workflow that fail now."""
    share = ctx.target.request.thresholds.failed_workflows
    for each in failing(executions_of(ctx).ended, own_queues(ctx), ctx.now, share):
        yield _finding(ctx, each)


def _finding(ctx: Context, each: FailingType) -> Finding:
    query = f"WorkflowType={text(each.workflow)} AND ExecutionStatus!='Completed'"
    message = one_line(each.reason).rstrip(".")
    by = f"activity {each.activity}: " if each.activity else ""
    return FAILING.finding(
        fit(f"{each.failed} of the last {each.total} executions of {each.workflow} in {each.queue} failed", message),
        Step("List them, and read the history of one.", frontend(ctx).list_workflows(query, limit=10)),
        log_step(ctx),
        subjects=(f"workflow/{each.workflow}", f"queue/{each.queue}"),
        evidence=(ctx.record_evidence(f"workflow {each.workflow}", f"{by}{truncate(message, 300) or 'failed'}"),),
    )


WORKFLOWS_SUCCEED = Check(
    id="temporal.workflows-succeed",
    title="Workflows succeed",
    stage=stages.WORKFLOW_RESULTS,
    run=run,
    codes=(FAILING,),
    reads=server_query(Scope.TEMPORAL),
)
