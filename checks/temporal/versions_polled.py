"""Checks that a worker runs each version that gets a queue's workflows; other pollers get none of them."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, OWNER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands.temporal import text
from diagnose.domain.temporal.queries import change_step, frontend, own_queues, polled_queues, query_temporal
from diagnose.domain.temporal.task_queues import Pollers, is_polled_version, pollers_of
from diagnose.model.report import Finding, Step
from diagnose.queries.temporal import Queue
from diagnose.queries.workflow_executions import OpenVersion
from diagnose.resources import Pod
from diagnose.text.sentences import truncate

UNPOLLED = Code(
    id="temporal.version-not-polled",
    meaning="Temporal's worker versioning sends workflows of a queue to a deployment version that no worker runs: the "
    "current or ramping one, or the one to which open workflows are pinned; or to workers without a version, where all "
    "have one. The pollers get no tasks of them.",
    fix="Deploy that build again, make a version that runs the current one, or move the workflows to it.",
    transient=True,
)
# What workers with a free slot take up does not wait so long.
WAITING_S = 10.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields versions that get new workflows, or have open ones, and that no worker runs."""
    named, queues = own_queues(ctx), polled_queues(ctx)
    executions, pollers = query_temporal(ctx).executions, pollers_of(ctx)
    if executions.error and any(poller.version for queue in queues for poller in queue.all_pollers):
        ctx.record_problem(f"versions of open workflows: {truncate(executions.error, 120)}")
    for queue in queues:
        if queue.name not in named or queue.error:
            continue
        # A ramp that was taken back may stay as one of 0 %.
        ramping = queue.ramping if queue.ramping_share else ""
        if queue.unversioned and not ramping and _waits(queue) and (running := _running(queues, queue, pollers)):
            yield _unset(ctx, queue, running)
        found = {each.version: each for each in executions.versions if each.queue == queue.name}
        for version in dict.fromkeys((queue.version, ramping, *found)):
            if version and not is_polled_version(queues, queue, version, pollers):
                if version == queue.version:
                    yield _current(ctx, queue, found.get(version), _running(queues, queue, pollers))
                elif version == ramping:
                    yield _ramping(ctx, queue, found.get(version))
                elif found[version].pinned:
                    yield _pinned(ctx, queue, found[version])


def _waits(queue: Queue) -> bool:
    """Whether tasks wait longer than one that is taken up."""
    return queue.counted and queue.backlog > 0 and queue.waited_s > WAITING_S


def _running(queues: tuple[Queue, ...], queue: Queue, pollers: Pollers) -> tuple[str, ...]:
    """Returns the versions that poll a queue, where all its pollers have one."""
    if is_polled_version(queues, queue, "", pollers):
        return ()
    known = dict.fromkeys(each.version for each in queue.pollers if each.version)
    return tuple(each for each in known if is_polled_version(queues, queue, each, pollers))


def _unset(ctx: Context, queue: Queue, running: tuple[str, ...]) -> Finding:
    wait = "1 task waits" if queue.backlog == 1 else f"{queue.backlog} tasks wait"
    return _finding(
        ctx,
        queue,
        running[0],
        f"No version is current for {queue.name}, so {wait} for workers without one, and only {running[0]} polls.",
        _make_current(ctx, running[0]),
        open_=None,
    )


def _make_current(ctx: Context, version: str, of: str = "") -> Step:
    """Returns the step that sends new workflows to a version, or with "" to the unversioned workers of one."""
    deployment, _, build = (version or of).partition(".")
    to = f"version {version}, which runs" if version else "unversioned workers again"
    return change_step(
        ctx,
        f"Send new workflows to {to}.",
        "worker",
        "deployment",
        "set-current-version",
        options={"--deployment-name": deployment, **({"--build-id": build} if version else {})},
        flags=() if version else ("--unversioned",),
    )


def _current(ctx: Context, queue: Queue, open_: OpenVersion | None, running: tuple[str, ...]) -> Finding:
    waiting = f"; {queue.backlog} tasks wait" if queue.backlog else ""
    return _finding(
        ctx,
        queue,
        queue.version,
        f"New workflows of {queue.name} go to version {queue.version}, which no worker runs{waiting}.",
        _make_current(ctx, next(iter(running), ""), queue.version),
        open_=open_,
    )


def _ramping(ctx: Context, queue: Queue, open_: OpenVersion | None) -> Finding:
    share = f"{queue.ramping_share:g} % of the new workflows of {queue.name}"
    return _finding(
        ctx,
        queue,
        queue.ramping,
        f"{share} go to the ramping version {queue.ramping}, which no worker runs.",
        change_step(
            ctx,
            "Send all new workflows to the current version.",
            "worker",
            "deployment",
            "set-ramping-version",
            options={"--deployment-name": _deployment(queue.ramping)},
            flags=("--delete", "--unversioned"),
        ),
        open_=open_,
    )


def _pinned(ctx: Context, queue: Queue, open_: OpenVersion) -> Finding:
    count = "1 open workflow is" if open_.pinned == 1 else f"{open_.pinned} open workflows are"
    return _finding(
        ctx,
        queue,
        open_.version,
        f"{count} pinned to version {open_.version}, which no worker of {queue.name} runs any more.",
        Step(
            "List them.",
            frontend(ctx).list_workflows(
                f"TemporalWorkerDeploymentVersion = {text(open_.version.replace('.', ':', 1))} "
                "AND ExecutionStatus = 'Running'",
                limit=20,
            ),
        ),
        open_=open_,
    )


def _deployment(version: str) -> str:
    return version.partition(".")[0]


def _finding(
    ctx: Context, queue: Queue, version: str, summary: str, step: Step, *, open_: OpenVersion | None
) -> Finding:
    deployment, _, build = version.partition(".")
    running = sorted({poller.version or "no version" for poller in queue.pollers if poller.version != version})
    counted = f"{open_.total} open workflows, {open_.pinned} of them pinned" if open_ else ""
    return UNPOLLED.finding(
        summary,
        step,
        Step(
            f"Or deploy build {build}; list the versions.",
            frontend(ctx).temporal("worker", "deployment", "describe", options={"--name": deployment}),
        ),
        subjects=(f"queue/{queue.name}", f"version/{version}"),
        evidence=(
            ctx.record_evidence(f"queue {queue.name}", f"pollers of {', '.join(running[:3]) or 'no version'}"),
            *((ctx.record_evidence(f"version {version}", counted),) if counted else ()),
        ),
    )


VERSIONS_POLLED = Check(
    id="temporal.versions-polled",
    title="A worker runs each version that gets workflows of a queue",
    stage=stages.QUEUE_VERSIONS,
    run=run,
    codes=(UNPOLLED,),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *optional(EVENTS)),
)
