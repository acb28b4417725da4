"""Checks that workers of one build poll each queue.

Two builds share the tasks, and each fails on workflows that only the other has. During a rollout that is normal. The
SDK reports the build, by default a checksum of the workflow bundle.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EVENTS, OWNER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.domain.temporal.queries import own_queues, polled_queues
from diagnose.domain.temporal.task_queues import builds, describe_queue, pollers_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.temporal import Queue
from diagnose.resources import Pod
from diagnose.text.sentences import listed

MIXED = Code(
    id="temporal.mixed-versions",
    meaning="Workers with different workflow code poll the same queue, and no rollout is in progress. Tasks "
    "of a workflow go to both in turn, and fail where their code differs.",
    fix="Stop the workers of the unwanted build.",
    severity=Severity.WARNING,
)


SHORT = 20


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues that are polled by workers of several builds."""
    deployment = deployment_of(ctx)
    status, expected = deployment.status, deployment.spec.replicas
    if not status.updated_replicas == status.replicas == status.ready_replicas == expected:
        raise NotApplicableError("a rollout is in progress")
    named, queues = own_queues(ctx), polled_queues(ctx)
    found = {queue.name: builds(queues, queue, pollers_of(ctx)) for queue in queues}
    mixed = [queue for queue in queues if queue.name in named and len(found[queue.name]) > 1]
    if mixed:
        yield _finding(ctx, mixed, found[mixed[0].name])


def _finding(ctx: Context, queues: list[Queue], found: dict[str, tuple[str, ...]]) -> Finding:
    name = queues[0].name
    # The build with the fewest workers comes first, as it is probably the unwanted one.
    parts = sorted(found.items(), key=lambda each: len(each[1]))
    own = {pod.name for pod in ctx.target.current_pods}
    reported = " and ".join(_workers(ctx, build, hosts, own) for build, hosts in parts[:2])
    more = f" and {len(queues) - 1} more queues" if len(queues) > 1 else ""
    code, hosts = MIXED, parts[0][1]
    if own.isdisjoint(hosts):
        code = replace(MIXED, fix=f"Stop {listed(hosts, 1)}, which is not of {ctx.owner.name} and has another build.")
    return code.finding(
        f"Workers of {len(found)} builds poll {name}{more}: {reported}.",
        *(_stop(ctx, hosts) or _found(hosts, own)),
        describe_queue(ctx, name),
        subjects=tuple(f"queue/{each.name}" for each in queues),
        evidence=tuple(
            ctx.record_evidence(f"queue {name}", f"build {build}: {', '.join(hosts[:3])}") for build, hosts in parts
        ),
    )


def _workers(ctx: Context, build: str, hosts: tuple[str, ...], own: set[str]) -> str:
    """Returns how many workers are of a build, as those of the workload, or with the name of the first."""
    if own.issuperset(hosts):
        return f"{len(hosts)} of {ctx.owner.name} ({_short(build)})"
    return f"{len(hosts)} of another build ({_short(build)}, {listed(hosts, 1)})"


def _short(build: str) -> str:
    """Returns the end of a build, which tells checksums apart."""
    return build if len(build) <= SHORT else f"…{build[-8:]}"


def _stop(ctx: Context, hosts: tuple[str, ...]) -> tuple[Step, ...]:
    """Returns the step that deletes the workers of the fewest, where they are pods that nothing creates again."""
    namespace = ctx.target.namespace
    pods = ctx.detail(lambda: ctx.list(Pod, namespace)) or ()
    stray = [each.name for each in pods if each.name in hosts and not each.metadata.owner_references]
    if len(stray) != len(hosts):
        return ()
    text = f"Delete the pods of the other build, which belong to no workload; those of {ctx.owner.name} stay."
    return (Step(text, kubectl.delete("pod", *stray, namespace=namespace), changes=f"pods {' '.join(stray)}"),)


def _found(hosts: tuple[str, ...], own: set[str]) -> tuple[Step, ...]:
    """Returns the step that shows what runs a worker that is not of the workload: by its owner it is stopped."""
    if hosts[0] in own:
        return ()
    show = kubectl.get("pods", everywhere=True, fields=f"metadata.name={hosts[0]}", output="yaml")
    return (Step(f"Show where {hosts[0]} runs, and its owner (ownerReferences), by which it is stopped.", show),)


ONE_VERSION = Check(
    id="temporal.one-version",
    title="Workers of one build poll each queue",
    stage=stages.SCHEDULES,
    run=run,
    codes=(MIXED,),
    occasions=(Occasion.AUDIT,),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *optional(EVENTS)),
)
