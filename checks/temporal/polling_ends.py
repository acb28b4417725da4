"""Checks that pods stop to poll the worker's queues when they are deleted.

A preStop hook, or a program that does not end by SIGTERM, keeps them until their grace period is over. A rollout is
complete without them, and they go on taking tasks, with the code and the settings of their creation.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import EVENTS, OWNER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.delivery.differences import changes
from diagnose.domain.kubernetes.pods import controller_of, replica_sets_of, subjects
from diagnose.domain.temporal.queries import own_queues, polled_queues
from diagnose.domain.temporal.task_queues import describe_queue, latest_polls, pollers_of
from diagnose.model.report import Finding, Step
from diagnose.queries.temporal import Queue
from diagnose.resources import Pod
from diagnose.text.patterns import lazy
from diagnose.text.sentences import span

LEAVING = Code(
    id="temporal.polled-by-terminating",
    meaning="Pods that were deleted still run and poll the worker's queues, so they take a part of the tasks, with the "
    "code and settings of another revision. They stay until their grace period is over.",
    fix="Delete them at once, and let the program stop polling when it gets SIGTERM or when its preStop hook begins.",
    stage=stages.DELETED_PODS,
    transient=True,
)
# A client stops within some seconds of SIGTERM. A short preStop hook before that is usual.
AT_ONCE_S, SHORT_HOOK_S = 10.0, 60.0
_SLEEP = lazy(r"\bsleep +(?P<seconds>\d{1,6})\b")
SHOWN = 3
# What changes how a pod works; of a pod itself, the others have what was injected into it.
_OWN_PARTS = ("env:", "env-from", "image", "command")
_PARTS = (*_OWN_PARTS, "mounts", "volumes", "service-account", "annotation:vault.")


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """A pod that was deleted and still polls; `differs` are the parts of its template that are others now."""

    pod: Pod
    queues: tuple[str, ...]
    differs: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The ReplicaSet or other workload that made it."""
        return next((each.name for each in self.pod.metadata.owner_references), self.pod.name)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields pods that were deleted some time ago, still poll, and differ from the current template."""
    named = own_queues(ctx)
    queues = tuple(each for each in polled_queues(ctx) if each.name in named)
    leaving = pollers_of(ctx).leaving
    if not leaving:
        return
    controller_of(ctx)
    found = [
        Leaving(pod=pod, queues=polled, differs=_differences(ctx, pod))
        for host, pod in leaving.items()
        if (polled := _polled(ctx, host, pod, queues))
    ]
    for owner, pods in grouped((each.owner, each) for each in found).items():
        if pods[0].differs:
            yield _finding(ctx, owner, pods)
        else:
            ctx.note(f"{len(pods)} pods of {owner} that were deleted still poll, with the present settings")


def _polled(ctx: Context, host: str, pod: Pod, queues: tuple[Queue, ...]) -> tuple[str, ...]:
    """Returns the queues that a pod polls longer after it was deleted than a hook or an open poll explains."""
    deleted_at = pod.metadata.deleted_at
    patience = timedelta(seconds=AT_ONCE_S + _hook_s(ctx, pod))
    return tuple(name for name, at in latest_polls(queues, host).items() if deleted_at and at - deleted_at > patience)


def _hook_s(ctx: Context, pod: Pod) -> float:
    """Returns for how long a preStop hook that is no long one may keep a pod from SIGTERM, in seconds."""
    lifecycle = ctx.target.worker_container(pod).lifecycle
    hook = lifecycle.pre_stop if lifecycle else None
    if hook is None:
        return 0
    found = _SLEEP.search(" ".join(hook.exec_.command) if hook.exec_ else "")
    sleeps = hook.sleep.seconds if hook.sleep else int(found["seconds"]) if found else SHORT_HOOK_S
    return sleeps if sleeps <= SHORT_HOOK_S else 0


def _differences(ctx: Context, pod: Pod) -> tuple[str, ...]:
    """Returns what of its work differs between the template of a pod and the current one."""
    owners = {each.name for each in pod.metadata.owner_references}
    made_by = next((each for each in replica_sets_of(ctx) if each.name in owners), None)
    template, parts = (made_by.spec.template, _PARTS) if made_by else (pod.template, _OWN_PARTS)
    found = changes(template, ctx.target.template, ctx.target.container.name)
    return tuple(sorted(each for each in found if each.startswith(parts)))


def _finding(ctx: Context, owner: str, pods: list[Leaving]) -> Finding:
    namespace, names = ctx.target.namespace, tuple(each.pod.name for each in pods)
    first = pods[0]
    since = [each.pod.metadata.deleted_at for each in pods if each.pod.metadata.deleted_at]
    until = [each.pod.metadata.deletion_timestamp for each in pods if each.pod.metadata.deletion_timestamp]
    deleted, ends = span(ctx.age(min(since)).total_seconds()), max(until)
    stay = f"until {ends:%H:%M} UTC" if ends > ctx.now else "beyond their grace period"
    differs = ", ".join(first.differs[:2])
    who = f"Pod {names[0]} was" if len(names) == 1 else f"{len(names)} pods of {owner} were"
    verb = "polls" if len(names) == 1 else "poll"
    grace = first.pod.spec.termination_grace_period_seconds
    return LEAVING.finding(
        f"{who} deleted {deleted} ago, but still {verb} {first.queues[0]} {stay}, with other settings ({differs}).",
        Step(
            "End them now; what they are working on is started again.",
            kubectl.delete("pod", *names, namespace=namespace, grace_s=1),
            changes=f"pods {' '.join(names)}",
        ),
        Step("Show what keeps them.", kubectl.get("pod", names[0], namespace=namespace, output="yaml")),
        describe_queue(ctx, first.queues[0]),
        subjects=subjects(names),
        # Pods that do not start fail for a reason of their own.
        pods=tuple(pod.name for pod in ctx.target.ready_pods) or names,
        evidence=tuple(
            ctx.record_evidence(
                f"pod {each.pod.name}",
                f"deleted at {_at(each.pod.metadata.deleted_at)}, grace period {grace} s{_hook_text(ctx, each.pod)}; "
                f"polls {', '.join(each.queues)}; differs in {', '.join(each.differs)}",
            )
            for each in pods[:SHOWN]
        ),
    )


def _at(when: datetime | None) -> str:
    return f"{when:%H:%M:%S} UTC" if when else "an unknown time"


def _hook_text(ctx: Context, pod: Pod) -> str:
    lifecycle = ctx.target.worker_container(pod).lifecycle
    return ", preStop hook" if lifecycle and lifecycle.pre_stop else ""


POLLING_ENDS = Check(
    id="temporal.polling-ends",
    title="Pods that were deleted stop to poll the worker's queues",
    stage=stages.QUEUES,
    run=run,
    codes=(LEAVING,),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *optional(EVENTS)),
)
