"""Checks that a worker runs the version that gets a queue's new workflows; other pollers get none of them."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.domain.temporal.queries import change_step, frontend, own_queues, polled_queues
from diagnose.domain.temporal.task_queues import polled_version
from diagnose.model.report import Finding, Step
from diagnose.queries.temporal import Queue

UNPOLLED = Code(
    id="temporal.version-not-polled",
    meaning="Temporal's worker versioning sends new workflows of a queue to a deployment version that no "
    "worker runs: the pollers have another version, or none, and get no tasks.",
    fix="Deploy that build, or make the running version the current one.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues whose current version no worker runs."""
    named, queues = own_queues(ctx), polled_queues(ctx)
    for queue in queues:
        if queue.name in named and queue.version and not polled_version(queues, queue):
            yield _finding(ctx, queue)


def _finding(ctx: Context, queue: Queue) -> Finding:
    deployment, _, build = queue.version.partition(".")
    running = sorted({poller.version or "no version" for poller in queue.pollers if poller.version != queue.version})
    waiting = f"; {queue.backlog} tasks wait" if queue.backlog else ""
    return UNPOLLED.finding(
        f"New workflows of {queue.name} go to version {queue.version}, which no worker runs{waiting}.",
        change_step(
            ctx,
            "Send new workflows to unversioned workers again, or set the running build.",
            "worker",
            "deployment",
            "set-current-version",
            options={"--deployment-name": deployment},
            flags=("--unversioned",),
        ),
        Step(
            f"Or deploy build {build}; list the versions.",
            frontend(ctx).temporal("worker", "deployment", "describe", options={"--name": deployment}),
        ),
        subjects=(f"queue/{queue.name}", f"version/{queue.version}"),
        evidence=(ctx.record_evidence(f"queue {queue.name}", f"pollers of {', '.join(running[:3]) or 'no version'}"),),
    )


VERSIONS_POLLED = Check(
    id="temporal.versions-polled",
    title="A worker runs the current version of every queue",
    stage=stages.QUEUE_VERSIONS,
    run=run,
    codes=(UNPOLLED,),
    vital=True,
    reads=server_query(Scope.TEMPORAL),
)
