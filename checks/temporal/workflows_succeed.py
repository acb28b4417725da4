"""Checks that workflows succeed; a type that fails repeatedly within the last minutes is reported.

Errors of a dependency are the subject of its own checks, and count here only where they persist, or where they are
those of some workers alone: one pod, node, revision or deployment version whose executions fail while others complete.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.temporal import text
from diagnose.domain.contrast import WHO
from diagnose.domain.kubernetes.pods import whole
from diagnose.domain.temporal.queries import change_step, executions_of, frontend, log_step, own_queues
from diagnose.domain.temporal.who_fails import NODE, REVISION, VERSION, WorkerSplit
from diagnose.domain.temporal.workflows import AT_LEAST, FailingType, failing
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.queries.postgres_statements import without_statement
from diagnose.resources import Pod, ReplicaSet
from diagnose.text.characters import one_line
from diagnose.text.sentences import fit, span, truncate

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
BY_WORKER = Code(
    id="temporal.differs-by-worker",
    meaning="Executions of a workflow fail on one pod, node, revision or deployment version of the workers, while "
    "those of the others complete: what differs is there, and neither in the input nor in what all of them use.",
    fix="Replace the pods that fail, or set back the version, and compare them with the others.",
    transient=True,
)
_OWN_STATE = "The pods may have had what they lack now, or keep something wrong: compare their logs with the others'."

_TOO_SHORT = (
    "Who starts them gives them less time than they need: compare the timeout with how long they take.",
    Alternative("They wait for what never comes, or for an activity that hangs.", "temporal.activity-failing"),
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the types of workflow that fail now."""
    share = ctx.target.request.thresholds.failed_workflows
    for each in failing(executions_of(ctx).ended, own_queues(ctx), ctx.now, share, whole(ctx)):
        yield _of_workers(ctx, each, each.split) if each.split else _finding(ctx, each)


def _finding(ctx: Context, each: FailingType) -> Finding:
    message = without_statement(one_line(each.reason)).rstrip(".")
    longer: tuple[Step, ...] = ()
    if each.allowed_s:
        message = f"Temporal ends each after {span(each.allowed_s)}, its timeout"
        longer = (Step("Give them a longer run or execution timeout where they are started, or let them take less."),)
    return FAILING.finding(
        fit(f"{each.failed} of the last {each.total} executions of {each.workflow} in {each.queue} failed", message),
        *longer,
        _list_step(ctx, each),
        log_step(ctx),
        subjects=(f"workflow/{each.workflow}", f"queue/{each.queue}"),
        evidence=(_error(ctx, each, message), *_of_types(ctx, each)),
        alternatives=_TOO_SHORT if each.allowed_s else (),
    )


def _of_types(ctx: Context, each: FailingType) -> Iterator[Evidence]:
    """Yields the counts where all other executions complete, so that what all of them use works."""
    if each.others >= AT_LEAST:
        counts = f"{each.failed} of {each.total} failed, 0 of {each.others} of other types and queues"
        yield ctx.record_evidence(WHO, f"only executions of {each.workflow} in {each.queue}: {counts}")


def _of_workers(ctx: Context, each: FailingType, split: WorkerSplit) -> Finding:
    message = without_statement(one_line(each.reason)).rstrip(".")
    log = (
        Step("Read the log of one of them.", kubectl.log(f"pod/{split.pods[0]}", namespace=ctx.target.namespace))
        if split.pods
        else log_step(ctx)
    )
    return BY_WORKER.finding(
        fit(f"Executions of {each.workflow} fail {split.text}", message),
        *_replaced(ctx, split),
        _list_step(ctx, each),
        log,
        subjects=(f"workflow/{each.workflow}", f"queue/{each.queue}", f"{split.dimension}/{split.value}"),
        pods=split.pods,
        evidence=(ctx.record_evidence(WHO, split.text), _error(ctx, each, message)),
        alternatives=(
            Alternative("The executions there may have another input: compare with one that completes.", FAILING.id),
            _OWN_STATE,
        ),
    )


def _replaced(ctx: Context, split: WorkerSplit) -> Iterator[Step]:
    """Yields the step by which the executions go to the workers that complete them."""
    if split.dimension == VERSION:
        working = next(iter(split.others), "")
        deployment, _, build = working.partition(".")
        options = {"--deployment-name": deployment, "--build-id": build}
        text = f"Send new workflows to version {working}, whose executions complete."
        if build:
            yield change_step(ctx, text, "worker", "deployment", "set-current-version", options=options)
    elif split.dimension == REVISION:
        yield Step("Roll back.", ctx.owner.rollout("undo"), changes=ctx.deployment)
    elif split.pods:
        delete = kubectl.delete("pod", *split.pods, namespace=ctx.target.namespace)
        command = kubectl.cordon(split.value).then(delete) if split.dimension == NODE else delete
        changes = f"node {split.value}" if split.dimension == NODE else f"pod {split.value}"
        yield Step("Replace the pods that fail.", command, changes=changes)


def _list_step(ctx: Context, each: FailingType) -> Step:
    query = f"WorkflowType={text(each.workflow)} AND ExecutionStatus!='Completed'"
    return Step("List them, and read the history of one.", frontend(ctx).list_workflows(query, limit=10))


def _error(ctx: Context, each: FailingType, message: str) -> Evidence:
    by = f"activity {each.activity}: " if each.activity else ""
    return ctx.record_evidence(f"workflow {each.workflow}", f"{by}{truncate(message, 300) or 'failed'}")


WORKFLOWS_SUCCEED = Check(
    id="temporal.workflows-succeed",
    title="Workflows succeed",
    stage=stages.WORKFLOW_RESULTS,
    run=run,
    codes=(BY_WORKER, FAILING),
    reads=(*server_query(Scope.TEMPORAL), *optional(lists(Scope.OWN, Pod, ReplicaSet))),
)
