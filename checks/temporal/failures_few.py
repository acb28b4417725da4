"""Checks the share of failed workflows of all in the worker's queues, which the server counts.

`temporal.workflows-succeed` reports a type that fails as a whole; here small parts of many types add up.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.commands.temporal import text
from diagnose.domain.temporal.queries import executions_of, frontend, log_step, own_queues
from diagnose.domain.temporal.workflows import FailureShare, excessive_failures
from diagnose.model.report import Alternative, Finding, Step
from diagnose.queries.workflow_executions import EndedExecution
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

MANY = Code(
    id="temporal.failed-share",
    meaning="The share of failed workflows in the worker's queues exceeds the threshold `failed_workflows`, "
    "within the last ten minutes and within the last two.",
    fix="Fix the cause of the most frequent failure.",
    symptom=True,
    alternatives=(
        Alternative(
            "What many of the executions need fails: the most frequent failure names it.", "temporal.activity-failing"
        ),
        Alternative("The code of one workflow type fails: compare the types.", "temporal.workflows-failing"),
    ),
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the share of failed workflows, where it exceeds the threshold."""
    found, queues = executions_of(ctx), own_queues(ctx)
    reported = "; ".join(f"{each.failed} of {each.total} failed in {each.minutes:.0f} min" for each in found.counted)
    if reported:
        ctx.note(reported)
    allowed = ctx.target.request.thresholds.failed_workflows
    if share := excessive_failures(found, queues, ctx.now, allowed):
        yield _finding(ctx, share, allowed)


def _finding(ctx: Context, share: FailureShare, allowed: float) -> Finding:
    most = share.most
    message = one_line(most.reason).rstrip(".")
    part = f"{share.failed / share.total:.0%}" if share.total else ""
    failed = "ExecutionStatus IN ('Failed','TimedOut','Terminated')"
    act = f"Correct what makes {most.workflow} fail: its input, its code or what it calls; then start them again."
    return replace(MANY, fix=act).finding(
        f"{share.failed} of {share.total} workflows ({part}) failed in {share.minutes:.0f} min, most of them "
        f"{most.workflow}{f': {truncate(message, 60)}' if message else ''}.",
        Step(
            f"List the failed executions of {most.workflow}, and read the input and the history of one.",
            frontend(ctx).list_workflows(f"{failed} AND WorkflowType={text(most.workflow)}", limit=10),
        ),
        log_step(ctx),
        subjects=(f"workflow/{most.workflow}", f"queue/{most.queue}"),
        evidence=(
            ctx.record_evidence("failed workflows", f"{share.failed} of {share.total}, {part}; allowed {allowed:.0%}"),
            *(ctx.record_evidence(f"workflow {each.workflow}", _reason(each)) for each in share.reasons[:3]),
        ),
    )


def _reason(of: EndedExecution) -> str:
    activity = f"activity {of.activity}: " if of.activity else ""
    return f"{activity}{truncate(' '.join(of.reason.split()), 200)}"


FAILURES_FEW = Check(
    id="temporal.failures-few",
    title="Few workflows fail",
    stage=stages.FAILURES,
    run=run,
    codes=(MANY,),
    reads=server_query(Scope.TEMPORAL),
)
