"""Does the update strategy let the current template reach the pods? All of them are ready, and the change is not there.

A rollout that waits for pods which do not become ready belongs to release.rollout-complete.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER, of_kinds
from diagnose.domain.kubernetes.pods import controller_of, subjects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import REVISION_HASH, DaemonSet, Deployment, Pod, StatefulSet
from diagnose.text.sentences import fit, span

HOLDS = Code(
    id="release.strategy-holds",
    meaning="The template was changed, and the update strategy keeps pods as they were: the strategy OnDelete replaces "
    "only pods that are deleted by hand, the partition of a StatefulSet none with a lower number.",
    fix="Lower the partition or use the strategy RollingUpdate, unless the update is meant to stop there.",
    severity=Severity.WARNING,
)
WAITS = Code(
    id="release.waits-min-ready",
    meaning="A new pod counts as available only once it has been ready for minReadySeconds, and the rollout goes on "
    "only then. With many of them it takes hours although all pods are ready.",
    fix="Lower minReadySeconds to what shows that a pod keeps running.",
    severity=Severity.WARNING,
)
LONG_S = 600
"""So long by itself, the default progressDeadlineSeconds would end any rollout that waits."""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports an update that the strategy keeps from pods, or that waits long for pods that are ready."""
    controller = controller_of(ctx)
    if not isinstance(controller, Deployment | StatefulSet | DaemonSet):
        raise NotApplicableError(f"a {controller.kind} has no update strategy")
    desired, updated = controller.desired, _updated(controller)
    if controller.status.observed_generation < controller.metadata.generation:
        ctx.not_yet("its controller has not observed the latest change so far")
        return
    blocked = _blocked(ctx, controller, desired - updated) if not isinstance(controller, Deployment) else None
    if blocked:
        yield blocked
    elif updated < desired or _surplus(controller):
        yield from _slow(ctx, controller, updated, desired)


def _updated(controller: Deployment | StatefulSet | DaemonSet) -> int:
    """Returns how many pods have the current template; without a change a StatefulSet counts none of them."""
    if isinstance(controller, DaemonSet):
        return controller.status.updated_number_scheduled
    if isinstance(controller, StatefulSet) and controller.status.current_revision == controller.status.update_revision:
        return controller.spec.replicas
    return controller.status.updated_replicas


def _surplus(controller: Deployment | StatefulSet | DaemonSet) -> bool:
    """Whether pods of earlier templates remain in addition to all of the current one."""
    return isinstance(controller, Deployment) and controller.status.replicas > controller.spec.replicas


def _blocked(ctx: Context, controller: StatefulSet | DaemonSet, outdated: int) -> Finding | None:
    strategy, desired = controller.spec.update_strategy, controller.desired or 0
    partition = strategy.rolling_update.partition if strategy.rolling_update else 0
    by_hand = strategy.type == "OnDelete"
    retained = outdated if by_hand else min(partition, outdated)
    if retained <= 0:
        return None
    what = "strategy OnDelete" if by_hand else f"partition {partition}"
    change = {"type": "RollingUpdate"} | ({} if by_hand else {"rollingUpdate": {"partition": 0}})
    seen = ctx.record_evidence(
        f"{ctx.owner.resource} {controller.name}",
        f"{desired - outdated} of {desired} pods have its current template; updateStrategy: {what}",
        command=ctx.owner.get(output="yaml"),
    )
    pods = tuple(pod.name for pod in ctx.target.pods if _is_retained(controller, pod, partition, by_hand=by_hand))
    return HOLDS.finding(
        fit(
            f"{controller.kind} {controller.name}: its {what} keeps {retained} of {desired} pods as they were",
            follows="so that they lack its current template",
        ),
        Step(
            "Let it replace them one after the other, unless the update is meant to stop there.",
            ctx.owner.patch({"spec": {"updateStrategy": change}}),
            changes=ctx.deployment,
        ),
        Step("Show how far the update is.", ctx.owner.rollout("status", "--timeout=1s")),
        pods=pods,
        subjects=(ctx.owner.reference, *subjects(pods)),
        evidence=(seen,),
    )


def _is_retained(controller: StatefulSet | DaemonSet, pod: Pod, partition: int, *, by_hand: bool) -> bool:
    """Whether a pod is known to have an earlier template, by the revision that a StatefulSet gives it."""
    ordinal = pod.name.rpartition("-")[2]
    return (
        isinstance(controller, StatefulSet)
        and pod.metadata.labels.get(REVISION_HASH) != controller.status.update_revision
        and (by_hand or (ordinal.isdecimal() and int(ordinal) < partition))
    )


def _slow(
    ctx: Context, controller: Deployment | StatefulSet | DaemonSet, updated: int, desired: int
) -> Iterator[Finding]:
    """Yields the finding about a rollout that waits long for pods that are ready; another one may fail."""
    wait_s = controller.spec.min_ready_seconds
    new = ctx.target.current_pods
    waiting = [pod for pod in new if pod.ready and _ready_s(ctx, pod) < wait_s]
    if wait_s < LONG_S or not waiting or any(not pod.ready for pod in new):
        return
    names = tuple(pod.name for pod in waiting)
    seen = ctx.record_evidence(
        f"{ctx.owner.resource} {controller.name}",
        f"minReadySeconds {wait_s}; {updated} of {desired} pods are new; {names[0]} is ready for "
        f"{span(_ready_s(ctx, waiting[0]))}",
        command=ctx.owner.get(output="yaml"),
    )
    yield WAITS.finding(
        f"The rollout of {controller.name} waits {span(wait_s)} for each new pod though it is ready (minReadySeconds "
        f"{wait_s}): {updated} of {desired} are new.",
        Step(
            "Let a pod count as available once it is ready.",
            ctx.owner.patch({"spec": {"minReadySeconds": 0}}),
            changes=ctx.deployment,
        ),
        Step("Show how far the rollout is.", ctx.owner.rollout("status", "--timeout=1s")),
        pods=names,
        subjects=(ctx.owner.reference, *subjects(names)),
        evidence=(seen,),
    )


def _ready_s(ctx: Context, pod: Pod) -> float:
    ready = pod.condition("Ready")
    return ctx.age(ready.last_transition_time if ready else None).total_seconds()


UPDATE_PROCEEDS = Check(
    id="release.update-proceeds",
    title="The update strategy lets the current template reach the pods",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(HOLDS, WAITS),
    reads=(*OWNER, *of_kinds(StatefulSet, DaemonSet)),
)
