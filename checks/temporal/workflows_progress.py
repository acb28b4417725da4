"""Checks that running workflows progress; a failed task is retried indefinitely, without a visible error.

The server names the cause of a failed task, and the SDK its error: an unknown type, code that does not match a history
or blocks, arguments that cannot be decoded, and commands that the server rejects, each with its own fix.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.commands.temporal import text
from diagnose.domain.temporal.queries import change_step, executions_of, frontend, namespace_of, own_queues
from diagnose.domain.temporal.workflows import Standstill, encoding_of, limit_of, missing_attribute, standstill
from diagnose.model.report import Alternative, Finding, Step
from diagnose.queries.workflow_executions import StuckExecution
from diagnose.target.target import REVISION
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
    Standstill.SEARCH_ATTRIBUTE: Code(
        id="temporal.search-attribute-missing",
        meaning="A workflow sets a search attribute that its Temporal namespace does not have, so the server rejects "
        "each of its tasks, which are retried indefinitely.",
        fix="Create the search attribute in the namespace, with the type that the workflow's code gives it.",
    ),
    Standstill.UNDECODABLE: Code(
        id="temporal.payload-undecodable",
        meaning="The worker cannot decode what a workflow or an activity is given: its data converter does not have "
        "the encoding, mostly as a client uses a codec (encryption, compression) that the worker lacks, or it has "
        "another key.",
        fix="Give the worker the same data converter and codec, with the same key, as the client has.",
    ),
    Standstill.COMMAND_REJECTED: Code(
        id="temporal.workflow-command-rejected",
        meaning="Temporal rejects a command of the workflow's code, such as an activity without a timeout, an "
        "attribute of another type or an id that is in use. The task is retried indefinitely with the same result.",
        fix="Correct the command in the workflow's code; the executions then continue.",
    ),
    Standstill.LIMIT_EXCEEDED: Code(
        id="temporal.workflow-limit-exceeded",
        meaning="A workflow exceeds a limit of the server: too many pending activities, children, signals or "
        "operations, or payloads that are too large. The task is retried indefinitely with the same result.",
        fix="Let the workflow keep less pending or pass less data, or raise the limit (limit.* in the server's dynamic "
        "configuration).",
    ),
    Standstill.TASK_FAILS: Code(
        id="temporal.workflow-task-failing",
        meaning="The task of an execution fails repeatedly with the quoted error.",
        fix="Fix the workflow's code; the execution then continues.",
        symptom=True,
        alternatives=(
            "The workflow's code fails: the stack of the failure names the line.",
            Alternative("It cannot decode what it got: the encoding is unknown.", "temporal.payload-undecodable"),
            Alternative("The code differs from the one that began it.", "temporal.workflow-nondeterministic"),
        ),
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
        alternatives=(
            Alternative("What it needs does not answer or refuses it: the failure names it.", "network.refused"),
            "Its code or its input is at fault: compare with executions that succeed.",
        ),
        transient=True,
    ),
}
_FOLLOWS = {
    Standstill.NOT_REGISTERED: "this worker does not register that type",
    Standstill.NONDETERMINISTIC: "this worker's code does not match their history",
    Standstill.BLOCKS: "its code does not return within 5 s (Script execution timed out)",
}


_HANGS = Alternative("It hangs on what it calls: its own log shows how far it gets.", "network.timed-out")
_TIMED_OUT = {
    "start-to-close": ("It takes longer than the timeout that the workflow's code gives it.", _HANGS),
    "heartbeat": ("It does not report its progress (heartbeat) as often as the workflow's code demands.", _HANGS),
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
    what = f"activity {first.activity}, " if first.activity else ""
    stand = "is stuck" if len(same) == 1 else "are stuck"
    reported = _FOLLOWS.get(why, truncate(message, 80))
    show = frontend(ctx).temporal("workflow", "show", options={"--workflow-id": first.workflow_id})
    if why is Standstill.SEARCH_ATTRIBUTE:
        name, namespace = missing_attribute(first.reason), namespace_of(ctx)
        reported = f"namespace {namespace} has no search attribute {name}"
    elif why is Standstill.UNDECODABLE and (encoding := encoding_of(first.reason)):
        reported = f"the worker has no codec for the encoding {encoding}"
    limit = limit_of(first.reason)
    if limit:
        reported = f"its {limit} timeout ends it each time"
    code, steps = CODES[why], _fix(ctx, why, same)
    if why in {Standstill.NOT_REGISTERED, Standstill.NONDETERMINISTIC}:
        code = replace(code, fix=steps[0].text)
    return code.finding(
        f"{who} ({first.queue}) {stand} ({what}attempt {first.attempt}): {reported}.",
        *steps,
        Step("Read its history.", show),
        Step("Show the image of the workers, and since when it runs.", ctx.owner.rollout("history")),
        subjects=(f"workflow/{first.workflow}", f"queue/{first.queue}"),
        evidence=tuple(
            ctx.record_evidence(f"execution {each.workflow_id}", truncate(one_line(each.reason), 300))
            for each in same[:3]
        ),
        alternatives=_TIMED_OUT[limit] if limit else (),
    )


def _chosen(same: list[StuckExecution]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Returns the options and flags that name executions to `temporal`, which prompts before it changes several."""
    if len(same) == 1:
        return {"--workflow-id": same[0].workflow_id}, ()
    ids = ", ".join(text(each.workflow_id) for each in same)
    return {"--query": f"ExecutionStatus = 'Running' AND WorkflowId IN ({ids})"}, ("--yes",)


def _fix(ctx: Context, why: Standstill, same: list[StuckExecution]) -> tuple[Step, ...]:
    """Returns the step that fixes it, where that is in Temporal itself."""
    stuck, whom = same[0], "it" if len(same) == 1 else "them"
    options, flags = _chosen(same)
    if why is Standstill.NOT_REGISTERED:
        deploy = _earlier_image(ctx, f"Deploy an image that has {stuck.workflow}, so that it continues")
        sentence = f"If no image is to have {stuck.workflow} any more, end {whom}, undone."
        flags = ("--reason", "not registered", *flags)
        return *deploy, change_step(ctx, sentence, "workflow", "terminate", options=options, flags=flags)
    if why is Standstill.NONDETERMINISTIC:
        back = _earlier_image(ctx, "Deploy the image with which they started, so that they continue")
        sentence = f"If their activities may run again, reset {whom} to the start, with this code."
        flags = ("--type", "FirstWorkflowTask", "--reason", "nondeterminism", *flags)
        return *back, change_step(ctx, sentence, "workflow", "reset", options=options, flags=flags)
    if why is Standstill.UNDECODABLE:
        return (Step("Give the worker the codec, and the key, of the client that passes it."),)
    if limit := limit_of(stuck.reason):
        return (
            Step(f"Raise the {limit} timeout of {stuck.activity} in the workflow's code, or let it take less time."),
        )
    if why is not Standstill.SEARCH_ATTRIBUTE:
        return ()
    sentence = "Create it, with the type that the workflow's code gives it."
    options = {"--name": missing_attribute(stuck.reason)}
    flags = ("--type", "Keyword")
    return (change_step(ctx, sentence, "operator", "search-attribute", "create", options=options, flags=flags),)


def _earlier_image(ctx: Context, act: str) -> tuple[Step, ...]:
    """Returns the step back to the latest revision that has another image than the current one, if one is kept."""
    target = ctx.target
    current, name = target.current_replica_set, target.container.name
    image = target.template.spec.image(name)
    older = [each for each in target.replica_sets if current and each.creation_order < current.creation_order]
    others = [each for each in older if each.spec.template.spec.image(name) not in {image, ""}]
    found = max(others, key=lambda each: each.creation_order, default=None)
    number = found.metadata.annotations.get(REVISION, "") if found else ""
    if found is None or not number:
        known = f" ({ctx.owner.label} keeps no revision with another image)" if current else ""
        return (Step(f"{act}{known}."),)
    sentence = f"{act}. Revision {number} has {found.spec.template.spec.image(name)}, the last other one."
    return (Step(sentence, ctx.owner.rollout("undo", f"--to-revision={number}"), changes=ctx.deployment),)


WORKFLOWS_PROGRESS = Check(
    id="temporal.workflows-progress",
    title="Running workflows progress",
    stage=stages.WORKFLOWS,
    run=run,
    codes=tuple(CODES.values()),
    reads=server_query(Scope.TEMPORAL),
)
