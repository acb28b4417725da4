"""Has the last workflow that deploys succeeded? After a failure and a rollback the worker runs the old version.

Runs after a deployment and in an audit; in an incident only where a deployment has not arrived.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Necessity, Scope, lists, logs, needed, optional
from diagnose.domain.delivery.argo_workflows import (
    FAILED,
    OPEN,
    Pipeline,
    last_pipelines,
    log_step,
    read_step,
    resume_step,
    severity,
    shortened,
    stop_step,
    time_text,
)
from diagnose.logs.entries import informative_line
from diagnose.model.report import Finding, Severity
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import Workflow, WorkflowNode
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

BROKEN = Code(
    id="argo.deploy-failed",
    meaning="The last workflow that deploys the worker failed at the step named, so the worker is unchanged, or "
    "changed as far as that step had got.",
    fix="Fix the cause of the failure, and deploy again.",
    severity=Severity.WARNING,
)
BACK = Code(
    id="argo.deploy-rolled-back",
    meaning="The last workflow that deploys the worker failed and rolled back to the previous version, which runs now.",
    fix="Fix the cause of the failure, and deploy again.",
    severity=Severity.WARNING,
)
ABSENT = Code(
    id="argo.template-missing",
    meaning="The last workflow names a WorkflowTemplate that does not exist, so it ended before its first step.",
    fix="Apply the WorkflowTemplate, or correct its name, and submit the workflow again.",
    severity=Severity.WARNING,
    stage=stages.BUILD,
)
STUCK = Code(
    id="argo.workflow-stuck",
    meaning="The last workflow that deploys has not ended and makes no progress: no controller starts it, a step's pod "
    "does not start, or a step waits for approval.",
    fix="Fix what the step waits for, or stop the workflow and deploy again.",
    severity=Severity.WARNING,
    stage=stages.BUILD,
)
# How long a workflow or a step may wait for its start, and a deployment may take.
WAIT_S, LONGEST_S = 300.0, 3600.0
MAIN = "main"
_ONLY_CODE = lazy(r"(?:Error \(exit code \d+\)|)$")


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the state of the last deployment."""
    last = next((each for each in last_pipelines(ctx) if each.deploys), None)
    if last is None:
        raise NotApplicableError(f"{ctx.target.workflows} keeps no workflow that deploys the worker")
    ctx.record_evidence(
        f"workflow {last.name}", f"{last.phase or 'not started'} {last.workflow.status.message}".strip()
    )
    if last.phase in OPEN:
        yield from _open(ctx, last)
    elif last.missing_template:
        yield _finding(ctx, ABSENT, last, f"names WorkflowTemplate {last.missing_template}, which does not exist")
    elif last.phase in FAILED:
        yield _failed(ctx, last)
    else:
        version = f" version {last.version}" if last.version else ""
        ctx.note(f"workflow {last.name} deployed{version} at {time_text(last.workflow.status.finished_at)}")


def _open(ctx: Context, last: Pipeline) -> Iterator[Finding]:
    age_s, step = ctx.age(last.began_at).total_seconds(), last.waiting_step
    if not last.phase and age_s > WAIT_S:
        yield _finding(ctx, STUCK, last, f"has not been started by a controller for {age_s / 60:.0f} minutes")
    elif step and ctx.age(step.started_at).total_seconds() > WAIT_S:
        if step.type == "Suspend":
            yield _finding(ctx, STUCK, last, f"waits at step {step.display_name} for a manual resume", resumes=True)
            return
        why = f": {shortened(step.message)}" if step.message else ""
        yield _finding(ctx, STUCK, last, f"cannot start step {step.display_name}{why}")
    elif age_s > LONGEST_S:
        yield _finding(ctx, STUCK, last, f"has not ended for {age_s / 3600:.1f} hours")
    else:
        ctx.note(f"workflow {last.name} is {last.phase.lower() or 'not started'} since {age_s:.0f} s")


def _failed(ctx: Context, last: Pipeline) -> Finding:
    step, version = last.failed_step, f" of version {last.version}" if last.version else ""
    if step is None:
        return _finding(ctx, BROKEN, last, f"ended with {last.phase}: {shortened(last.workflow.status.message)}")
    reason = _logged(ctx, last, step) or step.message
    why = f"failed at step {step.display_name}: {shortened(reason) or step.phase}{_code(step)}"
    if last.rollback:
        why += f"; it rolled back by {last.rollback.display_name}"
        return _finding(ctx, BACK, last, why, f"The deploy{version}")
    return _finding(ctx, BROKEN, last, why)


def _logged(ctx: Context, last: Pipeline, step: WorkflowNode) -> str:
    """Returns the error in the log of a failed step, whose status has an exit code alone; "" where its pod is gone."""
    pod = last.pod_of(step)
    if not pod or not _ONLY_CODE.match(step.message):
        return ""
    query = ReadLog(namespace=ctx.target.workflows, pod=pod, container=MAIN)
    log = ctx.detail(lambda: ctx.query(query))
    line = informative_line(each.text.strip() for each in log.lines) if log else ""
    if line:
        ctx.record_evidence(f"log of step {step.display_name}", truncate(line, 300), command=query.command)
    return line


def _code(step: WorkflowNode) -> str:
    """Returns the exit code, where the message does not contain it."""
    code = step.outputs.exit_code
    return f" (exit code {code})" if code and f"exit code {code}" not in step.message else ""


def _finding(ctx: Context, code: Code, last: Pipeline, what: str, who: str = "", *, resumes: bool = False) -> Finding:
    step, read = last.failed_step, read_step(ctx, last)
    message = truncate(step.message if step else last.workflow.status.message, 300)
    subject = f"{who} (workflow {last.name})" if who else f"Workflow {last.name}"
    return code.finding(
        f"{subject} {what}.",
        *((resume_step(ctx, last),) if resumes else ()),
        *((read, stop_step(ctx, last)) if code is STUCK else (log_step(ctx, last), read)),
        severity=severity(ctx),
        subjects=(f"workflow/{last.name}",),
        evidence=(
            *(each for each in ctx.evidence if each.source.startswith("log of step ")),
            ctx.record_evidence(f"workflow {last.name}", message or last.phase, command=read.command),
        ),
    )


DEPLOYS = Check(
    id="argo.deploys",
    title="The last workflow that deploys has succeeded",
    stage=stages.DEPLOYMENT,
    run=run,
    codes=(BROKEN, BACK, ABSENT, STUCK),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(
        *OWNER,
        *needed(Necessity.OUTSIDE_INCIDENT, lists(Scope.WORKFLOWS, Workflow)),
        *optional(logs(Scope.WORKFLOWS)),
    ),
)
