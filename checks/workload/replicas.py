"""Does the workload have as many ready pods as it desires, and more than none?"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER, of_kinds
from diagnose.check.rights import Scope, lists
from diagnose.domain.kubernetes.admission import failure
from diagnose.domain.kubernetes.pods import controller_of, is_starting, replicas_of
from diagnose.model.report import Alternative, Evidence, Finding, Severity, Step
from diagnose.resources import DaemonSet, Deployment, Job, Pod, ReplicaSet, StatefulSet, Workload
from diagnose.target.ownership import owned_by

ZERO = Code(
    id="workload.scaled-to-zero",
    meaning="The workload is scaled to 0. Nothing fails and no event reports it; work just waits. An autoscaler does "
    "nothing in this state. Where all workloads of a namespace are examined, this may be intended.",
    fix="Scale it up.",
    stage=stages.DESIRED,
)
PAUSED = Code(
    id="workload.paused",
    meaning="The Deployment is paused, so its current template is not rolled out.",
    fix="Resume the rollout.",
    stage=stages.DESIRED,
)
FEW = Code(
    id="workload.too-few-ready",
    meaning="Fewer pods are ready than desired, for longer than a start may take.",
    fix="Find out why the other pods are not ready or do not exist.",
    symptom=True,
    alternatives=(
        Alternative(
            "A pod that is missing cannot be placed or created: its events name the step.", "workload.unschedulable"
        ),
        Alternative("Its program runs and does not become ready: read its log.", "workload.not-ready"),
    ),
    transient=True,
)
PATIENCE_S = 30.0


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a workload that is scaled to 0, is paused, or lacks ready pods."""
    controller, desired = controller_of(ctx), replicas_of(ctx)
    if isinstance(controller, Job):
        raise NotApplicableError("a Job is about what its pods complete, not how many are ready")
    if isinstance(controller, DaemonSet) and not desired:
        raise NotApplicableError("no node is meant to run a pod of the DaemonSet")
    name, owner = f"{controller.kind} {controller.name}", ctx.owner
    seen = ctx.record_evidence(f"{owner.resource} {owner.name}", _counts(controller, desired), command=owner.get())
    if desired == 0:
        step = Step("Scale it up.", owner.scale(1), changes="the Deployment")
        # Where all of a namespace were requested, one that rests is nothing unusual.
        severity = Severity.WARNING if ctx.target.profile.is_generic and not ctx.target.request.workload else None
        yield ZERO.finding(
            f"{name} is scaled to 0, so no {ctx.target.profile.noun} runs.", step, evidence=(seen,), severity=severity
        )
        return
    if isinstance(controller, Deployment) and controller.spec.paused:
        yield from _paused(ctx, controller, seen)
    ready = len(ctx.target.ready_pods)
    starting = [pod for pod in ctx.target.pods if not pod.ready and is_starting(ctx, pod)]
    if ready + len(starting) < desired and _settled(ctx, controller, desired):
        names = tuple(pod.name for pod in ctx.target.pods if not pod.ready and pod not in starting)
        summary = f"{name} has {ready} of {desired} pods ready."
        step = Step("Read its conditions and events.", owner.describe())
        yield FEW.finding(summary, step, pods=names, evidence=(seen,))


def _counts(controller: Workload, desired: int) -> str:
    if isinstance(controller, DaemonSet):
        exist, ready = controller.status.current_number_scheduled, controller.status.number_ready
        return f"{desired} nodes desired, {exist} have a pod, {ready} ready"
    if isinstance(controller, Deployment | StatefulSet | ReplicaSet):
        status = controller.status
        exist, new = status.replicas, status.updated_replicas
        return f"{desired} desired, {exist} exist, {status.ready_replicas} ready, {new} new"
    return f"{desired} desired"


def _paused(ctx: Context, deployment: Deployment, seen: Evidence) -> Iterator[Finding]:
    desired, updated = deployment.spec.replicas, deployment.status.updated_replicas
    if updated < desired:
        old = f"{desired - updated} of its {desired} pods"
        summary = f"Deployment {deployment.name} is paused, so {old} do not have its current template."
        step = Step("Resume it.", ctx.owner.rollout("resume"), changes="the Deployment")
        yield PAUSED.finding(summary, step, evidence=(seen,))


def _settled(ctx: Context, controller: Workload, desired: int) -> bool:
    """Whether the workload has had time to create its pods."""
    if len(ctx.target.pods) >= desired:
        return True
    if isinstance(controller, Deployment):
        conditions = controller.status.conditions
        latest = max((each.last_update_time for each in conditions if each.last_update_time), default=None)
        return failure(conditions) is not None or ctx.age(latest).total_seconds() > PATIENCE_S
    if _is_replacing(ctx, controller, desired):
        return False
    made = [each.metadata.creation_timestamp for each in (controller, *ctx.target.pods)]
    return all(ctx.age(each).total_seconds() > PATIENCE_S for each in made)


def _is_replacing(ctx: Context, controller: Workload, desired: int) -> bool:
    """Whether missing pods still count as existing, as where the one with the same name or node has not ended yet."""
    if isinstance(controller, DaemonSet):
        exist = controller.status.current_number_scheduled
    elif isinstance(controller, StatefulSet):
        exist = controller.status.replicas
    else:
        return False
    own = (
        pod for pod in ctx.list(Pod, ctx.target.namespace) if owned_by(pod.metadata, controller.kind, controller.name)
    )
    ends = (pod.metadata.deletion_timestamp for pod in own if pod.metadata.deletion_timestamp)
    return exist >= desired and all(ctx.now <= each for each in ends)


REPLICAS = Check(
    id="workload.replicas",
    title="All desired pods are ready",
    stage=stages.REPLICAS,
    run=run,
    codes=(ZERO, PAUSED, FEW),
    reads=(*OWNER, *of_kinds(DaemonSet, Job, StatefulSet), *lists(Scope.OWN, Pod)),
)
