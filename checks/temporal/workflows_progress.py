"""Checks that running workflows progress; a failed task is retried indefinitely, without a visible error.

An unknown type, code that does not match a history, and code that blocks each have their own error in the last failed
task, and their own fix.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.domain.temporal.queries import executions_of, frontend, own_queues
from diagnose.domain.temporal.workflows import Standstill, standstill
from diagnose.model.report import Finding, Step
from diagnose.queries.workflow_executions import StuckExecution
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

CODES = {
    Standstill.NOT_REGISTERED: Code(
        id="temporal.workflow-not-registered",
        meaning="Executions were started of a workflow type that the worker's code does not export: an older "
        "image, or a renamed type. Their first task fails and is retried indefinitely.",
        fix="Deploy the image that has the workflow, or terminate the executions.",
    ),
    Standstill.NONDETERMINISTIC: Code(
        id="temporal.workflow-nondeterministic",
        meaning="The worker's code does not match the history of an execution, so it cannot be replayed. "
        "Executions that started with other code are stuck; new ones are not.",
        fix="Roll back to the image with which they started, or guard the change with patched(), or reset them.",
    ),
    Standstill.BLOCKS: Code(
        id="temporal.workflow-blocks",
        meaning="A workflow's code blocks its thread for more than five seconds, and the SDK ends the task.",
        fix="Move the endless or long computation out of the workflow's code, or raise the worker's CPU.",
    ),
    Standstill.TASK_FAILS: Code(
        id="temporal.workflow-task-failing",
        meaning="The task of an execution fails repeatedly with the quoted error.",
        fix="Fix the workflow's code; the execution then continues.",
        symptom=True,
        transient=True,
    ),
    Standstill.ACTIVITY_NOT_REGISTERED: Code(
        id="temporal.activity-not-registered",
        meaning="A workflow calls an activity that the worker's code does not have; it is retried indefinitely.",
        fix="Deploy the image that has the activity.",
    ),
    Standstill.ACTIVITY_FAILS: Code(
        id="temporal.activity-failing",
        meaning="An activity fails at each of many attempts, and its workflow waits for it.",
        fix="Fix the cause of the failure; the next attempt starts by itself.",
        symptom=True,
        transient=True,
    ),
}
_FOLLOWS = {
    Standstill.NOT_REGISTERED: "the worker's code has no such workflow",
    Standstill.NONDETERMINISTIC: "the worker's code does not match their history",
    Standstill.BLOCKS: "its code does not return within 5 s (Script execution timed out)",
}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields stuck executions, grouped by kind."""
    queues = own_queues(ctx)
    stuck = (each for each in executions_of(ctx).stuck if each.queue in queues)
    groups = grouped(((why, each.workflow, each.activity), each) for each in stuck if (why := standstill(each)))
    for (why, _, _), same in groups.items():
        yield _finding(ctx, why, same)


def _finding(ctx: Context, why: Standstill, same: list[StuckExecution]) -> Finding:
    first = same[0]
    message = one_line(first.reason)
    who = f"An execution of {first.workflow}" if len(same) == 1 else f"{len(same)} executions of {first.workflow}"
    what = f"activity {first.activity}" if first.activity else "its task" if len(same) == 1 else "their task"
    stand = "is stuck" if len(same) == 1 else "stand still"
    reported = _FOLLOWS.get(why, truncate(message, 80))
    show = frontend(ctx).temporal("workflow", "show", options={"--workflow-id": first.workflow_id})
    return CODES[why].finding(
        f"{who} ({first.queue}) {stand}, attempt {first.attempt} of {what}: {reported}.",
        Step("Read its history.", show),
        Step("Show the image of the workers, and since when it runs.", ctx.owner.rollout("history")),
        subjects=(f"workflow/{first.workflow}", f"queue/{first.queue}"),
        evidence=tuple(
            ctx.record_evidence(f"execution {each.workflow_id}", truncate(one_line(each.reason), 300))
            for each in same[:3]
        ),
    )


WORKFLOWS_PROGRESS = Check(
    id="temporal.workflows-progress",
    title="Running workflows progress",
    stage=stages.WORKFLOWS,
    run=run,
    codes=tuple(CODES.values()),
    reads=server_query(Scope.TEMPORAL),
)
