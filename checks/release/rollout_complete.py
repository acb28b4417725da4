"""Is the current template rolled out? A stuck rollout is no cause: it waits for pods that do not become ready.

But a StatefulSet waits for a pod of the previous template, too, which the correction of the template does not replace:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
"""

from collections.abc import Callable, Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER, of_kinds
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import failure
from diagnose.domain.kubernetes.pods import (
    CREATE_REASONS,
    PULL_REASONS,
    controller_of,
    counted,
    current_set_of,
    failing_pods,
    is_starting,
    replica_sets_of,
    subjects,
)
from diagnose.domain.kubernetes.probes import all_probes
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import (
    Container,
    DaemonSet,
    Deployment,
    Pod,
    PodSpec,
    ReplicaSet,
    Rollout,
    StatefulSet,
    Workload,
)
from diagnose.text.sentences import fit, number_of
from diagnose.text.times import to_text

STUCK = Code(
    id="release.rollout-stuck",
    meaning="The pods of the current template do not become ready, so the rollout is stuck; pods of the previous "
    "template keep running, if there are any.",
    fix="Fix what prevents the new pods from becoming ready, or roll back to the previous template.",
    symptom=True,
    alternatives=(
        Alternative("The new pods cannot be placed or created: their events name the step.", "workload.unschedulable"),
        Alternative("Their program crashes or does not become ready: read its log.", "workload.crash-looping"),
    ),
    transient=True,
)
KEPT = Code(
    id="release.old-pod-kept",
    meaning="A pod of a StatefulSet that is not ready has the previous template. The template was changed "
    "since, but a StatefulSet replaces no pod that is not ready.",
    fix="Delete the pod: the new one gets the current template.",
    stage=stages.OLD_POD,
)
OUTSIDE = "The cause may be outside of the template: then the new pod fails like the old one."
# An admission webhook may add to what the template has.
_CHANGES: dict[str, Callable[[Container, Container], bool]] = {
    "command": lambda old, new: (old.command, old.args) != (new.command, new.args),
    "variables": lambda old, new: not {*new.env, *new.env_from} <= {*old.env, *old.env_from},
    "requests": lambda old, new: not new.resources.requests.items() <= old.resources.requests.items(),
    "limits": lambda old, new: not new.resources.limits.items() <= old.resources.limits.items(),
    "probes": lambda old, new: list(all_probes(old)) != list(all_probes(new)),
}
BY_HAND = "its strategy is OnDelete: a pod gets the new template only once the old one is deleted"
# Most pods end within the default grace period.
LEFT_OVER_S = 60.0
COMPLETE, LATE = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a rollout that is not complete and makes no progress."""
    controller = controller_of(ctx)
    if not isinstance(controller, Deployment):
        yield from _of_other_kind(ctx, controller)
        return
    deployment = controller
    if deployment.spec.replicas == 0:
        raise NotApplicableError("the Deployment is scaled to 0")
    if deployment.spec.paused:
        raise NotApplicableError("the Deployment is paused")
    progressing = next((each for each in deployment.status.conditions if each.type == "Progressing"), None)
    reason = progressing.reason if progressing else ""
    status = deployment.status
    current = status.observed_generation >= deployment.metadata.generation
    if current and reason == COMPLETE and status.updated_replicas >= deployment.spec.replicas:
        ctx.note("; ".join(filter(None, (ctx.target.rolled_back, _left_over(ctx)))))
        return
    unready = [pod for pod in ctx.target.current_pods if not pod.ready]
    slow = [pod for pod in unready if not is_starting(ctx, pod)]
    if not slow and not failure(status.conditions) and reason != LATE:
        ctx.not_yet(f"a rollout is under way: {status.updated_replicas} of {deployment.spec.replicas} pods are new")
        return
    yield _finding(ctx, deployment, tuple(pod.name for pod in slow or unready), late=reason == LATE)


def _left_over(ctx: Context) -> str:
    """Returns a remark about pods that were deleted some time ago and still run, whose requests may not have ended."""
    sets = {each.name for each in replica_sets_of(ctx)}
    pods = [
        pod
        for pod in ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or ()
        if sets.intersection(owner.name for owner in pod.metadata.owner_references)
        and pod.status.phase == "Running"
        and (deleted := pod.metadata.deleted_at)
        and ctx.age(deleted).total_seconds() > LEFT_OVER_S
    ]
    ends = max((pod.metadata.deletion_timestamp for pod in pods if pod.metadata.deletion_timestamp), default=None)
    if ends is None:
        return ""
    return f"complete, but {counted([pod.name for pod in pods])} of earlier templates may run until {to_text(ends)}"


def _of_other_kind(ctx: Context, controller: Workload) -> Iterator[Finding]:
    """Reports a rollout of a StatefulSet, DaemonSet or Rollout that is not complete and makes no progress."""
    progress = _progress(controller)
    if progress is None:
        raise NotApplicableError(f"a {controller.kind} rolls nothing out")
    if not progress.desired:
        raise NotApplicableError(f"the {controller.kind} desires no pod")
    if progress.remark:
        ctx.note(progress.remark)
    if progress.updated >= progress.desired and not progress.failure:
        return
    slow = failing_pods(ctx)
    if not slow and not progress.failure:
        ctx.not_yet(f"a rollout is under way: {progress.updated} of {progress.desired} pods are new")
        return
    if isinstance(controller, StatefulSet):
        yield from _of_old_pods(ctx, controller, slow)
    name, pods = f"{controller.kind} {controller.name}", tuple(pod.name for pod in slow)
    counts = f"{progress.updated} of {progress.desired} pods are new"
    reason = progress.failure or f"it waits for {pods[0]}, which is not ready"
    steps = [Step("Show its progress.", ctx.owner.rollout("status", "--timeout=1s"))]
    if isinstance(controller, StatefulSet) and (old := _outdated(ctx, slow)):
        steps.insert(0, _delete(ctx, old[0]))
    yield STUCK.finding(
        fit(f"The rollout of {name} is stuck: {reason}", counts),
        *steps,
        pods=pods,
        subjects=(ctx.owner.reference, *subjects(pods)),
        evidence=(ctx.record_evidence(f"{ctx.owner.resource} {controller.name}", counts, command=ctx.owner.get()),),
    )


class _Progress(msgspec.Struct, frozen=True):
    """How many of the pods of a rollout are new; `failure` is why its controller gave up."""

    updated: int
    desired: int
    failure: str = ""
    remark: str = ""


def _progress(controller: Workload) -> _Progress | None:
    """Returns the progress of a rollout, None for a kind without any."""
    match controller:
        case StatefulSet():
            return _of_stateful_set(controller)
        case DaemonSet():
            status, by_hand = controller.status, controller.spec.update_strategy.type == "OnDelete"
            desired, updated = status.desired_number_scheduled, status.updated_number_scheduled
            return _Progress(desired, desired, remark=BY_HAND) if by_hand else _Progress(updated, desired)
        case Rollout():
            status_of = controller.status
            failed = status_of.message or "it is aborted" if status_of.abort or status_of.phase == "Degraded" else ""
            remark = f"paused: {status_of.message}" if status_of.phase == "Paused" else ""
            desired = controller.spec.replicas
            updated = desired if status_of.phase in {"Healthy", "Paused"} else min(status_of.updated_replicas, desired)
            return _Progress(updated, desired, failed, remark)
        case _:
            return None


def _of_stateful_set(controller: StatefulSet) -> _Progress:
    spec, status = controller.spec, controller.status
    desired, strategy = spec.replicas, spec.update_strategy
    if strategy.type == "OnDelete":
        return _Progress(desired, desired, remark=BY_HAND)
    older = min(strategy.rolling_update.partition if strategy.rolling_update else 0, desired)
    remark = f"its partition keeps {older} of {desired} pods as they are" if older else ""
    # Without a change, no pod is counted as updated.
    same = status.current_revision == status.update_revision
    return _Progress(desired - older if same else status.updated_replicas, desired - older, remark=remark)


def _outdated(ctx: Context, pods: list[Pod]) -> list[Pod]:
    """Returns those of the pods that have an older template."""
    current = {pod.name for pod in ctx.target.current_pods}
    return [pod for pod in pods if pod.name not in current]


def _delete(ctx: Context, pod: Pod) -> Step:
    namespace = ctx.target.namespace
    text = f"Delete {pod.name}: it has the template before, and a StatefulSet replaces no pod that is not ready."
    return Step(text, kubectl.delete("pod", pod.name, namespace=namespace), changes=f"pod {namespace}/{pod.name}")


def _of_old_pods(ctx: Context, controller: StatefulSet, slow: list[Pod]) -> Iterator[Finding]:
    """Reports the old pods that fail by what is other in the current template, which no pod of it refutes."""
    old = _outdated(ctx, slow)
    if controller.spec.pod_management_policy != "OrderedReady" or len(old) < len(slow):
        return
    update = controller.spec.update_strategy.rolling_update
    for pod in old:
        # Those below the partition would get the old template again.
        ordinal = pod.name.rpartition("-")[2]
        found = _difference(pod, controller.spec.template.spec)
        if found and not (update and ordinal.isdecimal() and int(ordinal) < update.partition):
            text, is_proven = found
            yield KEPT.finding(
                fit(f"Pod {pod.name} has the previous template, and is not replaced while it is not ready", text),
                _delete(ctx, pod),
                Step("Compare it with the current template.", ctx.owner.get(output="yaml")),
                pods=(pod.name,),
                subjects=(ctx.owner.reference, *subjects((pod.name,))),
                evidence=(ctx.record_evidence(f"pod {pod.name}", text, command=ctx.owner.get(output="yaml")),),
                alternatives=() if is_proven else (OUTSIDE,),
            )


def _difference(pod: Pod, template: PodSpec) -> tuple[str, bool] | None:
    """Returns what of a failing pod is other in a template, and whether it fails by that; None for nothing."""
    for container in pod.spec.all_containers:
        status, other = pod.container_status(container.name), template.container(container.name)
        if other is None:
            continue
        waits = status.state.waiting.reason if status and status.state.waiting else ""
        if container.image != other.image:
            return f"{container.name} has image {container.image}, now {other.image}", waits in PULL_REASONS
        changed = [name for name, is_other in _CHANGES.items() if is_other(container, other)]
        if changed and waits not in PULL_REASONS:
            return f"{' and '.join(changed)} of {container.name} changed since", waits in CREATE_REASONS
    return None


def _finding(ctx: Context, deployment: Deployment, pods: tuple[str, ...], *, late: bool) -> Finding:
    name = deployment.name
    new = current_set_of(ctx)
    old = [each for each in replica_sets_of(ctx) if each is not new and each.status.ready_replicas]
    waits, serving = "has timed out" if late else "is stuck", _serving(old)
    seen = ctx.record_evidence(
        f"deployment {name}",
        "; ".join(f"{each.type}={each.status} {each.reason}" for each in deployment.status.conditions),
        command=ctx.owner.rollout("status", "--timeout=1s"),
    )
    revisions = Step("List the revisions.", ctx.owner.rollout("history"))
    return STUCK.finding(
        f"The rollout of {name} to ReplicaSet {new.name if new else 'of its current template'} {waits}; {serving}.",
        revisions,
        pods=pods,
        subjects=(f"deployment/{name}", *subjects(pods)),
        evidence=(seen,),
    )


def _serving(old: list[ReplicaSet]) -> str:
    if not old:
        return "no older pod is running"
    count = sum(each.status.ready_replicas for each in old)
    keep = "keeps" if count == 1 else "keep"
    return f"{number_of(count, 'pod')} of ReplicaSet {', '.join(each.name for each in old)} {keep} running"


ROLLOUT_COMPLETE = Check(
    id="release.rollout-complete",
    title="The current template is rolled out",
    stage=stages.ROLLOUT,
    run=run,
    codes=(STUCK, KEPT),
    reads=(*OWNER, *optional(lists(Scope.OWN, Pod)), *of_kinds(StatefulSet, DaemonSet, Rollout)),
)
