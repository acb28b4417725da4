"""Do workflows that run go on? A task that fails is tried again for ever: the execution stands still unseen.

A type that the code does not have, code that no longer fits a history, code that blocks: each has its own text in the
last failed task, and its own owner.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.domain.temporal.queries import executions_of, frontend, temporal_of
from diagnose.domain.temporal.workflows import Standstill, standstill
from diagnose.model.report import Finding, Step
from diagnose.queries.workflow_executions import StuckExecution
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

CODES = {
    Standstill.NOT_REGISTERED: Code(
        id="temporal.workflow-not-registered",
        meaning="Executions were started of a workflow type that the worker's code does not export: an older image, or "
        "a name that changed. Their first task fails and is tried again for ever.",
        fix="Deploy the image that has the workflow, or terminate the executions.",
    ),
    Standstill.NONDETERMINISTIC: Code(
        id="temporal.workflow-nondeterministic",
        meaning="The worker's code does something else than an execution's history says, so it cannot be replayed. "
        "Executions that began under other code are stuck; new ones are not.",
        fix="Go back to the image under which they began, or put patched() around the change, or reset them.",
    ),
    Standstill.BLOCKS: Code(
        id="temporal.workflow-blocks",
        meaning="A workflow's code does not give its thread back within five seconds, and the SDK ends the task.",
        fix="Take the endless or long computation out of the workflow's code, or give the worker more CPU.",
    ),
    Standstill.TASK_FAILS: Code(
        id="temporal.workflow-task-failing",
        meaning="The task of an execution fails again and again with the error that is quoted.",
        fix="Mend the workflow's code; the execution goes on by itself then.",
        transient=True,
    ),
    Standstill.ACTIVITY_NOT_REGISTERED: Code(
        id="temporal.activity-not-registered",
        meaning="A workflow calls an activity that the worker's code does not have; it is tried again and again.",
        fix="Deploy the image that has the activity.",
    ),
    Standstill.ACTIVITY_FAILS: Code(
        id="temporal.activity-failing",
        meaning="An activity fails at each of many attempts, and its workflow waits for it.",
        fix="Mend what the failure says; the next attempt comes by itself.",
        transient=True,
    ),
}
_FOLLOWS = {
    Standstill.NOT_REGISTERED: "the worker's code has no such workflow",
    Standstill.NONDETERMINISTIC: "the worker's code does not fit their history",
    Standstill.BLOCKS: "its code does not return within 5 s (Script execution timed out)",
}


def run(ctx: Context) -> Iterator[Finding]:
    """Executions that stand still, those of one kind together."""
    temporal = temporal_of(ctx)
    stuck = (each for each in executions_of(ctx).stuck if each.queue in temporal.queues)
    groups = grouped(((why, each.workflow, each.activity), each) for each in stuck if (why := standstill(each)))
    for (why, _, _), same in groups.items():
        yield _finding(ctx, why, same)


def _finding(ctx: Context, why: Standstill, same: list[StuckExecution]) -> Finding:
    first = same[0]
    said = one_line(first.reason)
    who = f"An execution of {first.workflow}" if len(same) == 1 else f"{len(same)} executions of {first.workflow}"
    what = f"activity {first.activity}" if first.activity else "its task" if len(same) == 1 else "their task"
    stand = "stands still" if len(same) == 1 else "stand still"
    told = _FOLLOWS.get(why, truncate(said, 80))
    show = frontend(ctx).temporal("workflow", "show", options={"--workflow-id": first.workflow_id})
    return CODES[why].finding(
        f"{who} ({first.queue}) {stand}, attempt {first.attempt} of {what}: {told}.",
        Step("Read its history.", show),
        Step("See which image the workers run, and since when.", ctx.owner.rollout("history")),
        subjects=(f"workflow/{first.workflow}", f"queue/{first.queue}"),
        evidence=tuple(
            ctx.record_evidence(f"execution {each.workflow_id}", truncate(one_line(each.reason), 300))
            for each in same[:3]
        ),
    )


WORKFLOWS_PROGRESS = Check(
    id="temporal.workflows-progress",
    title="Workflows that run go on",
    stage=stages.WORKFLOWS,
    run=run,
    codes=tuple(CODES.values()),
    reads=server_query(Scope.TEMPORAL),
)
