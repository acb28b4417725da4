"""Does the Deployment have as many ready pods as its spec desires, and more than none?"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import OWNER
from diagnose.domain.kubernetes.admission import failure
from diagnose.domain.kubernetes.pods import deployment_of, is_starting
from diagnose.model.report import Finding, Step
from diagnose.resources import Deployment

ZERO = Code(
    id="workload.scaled-to-zero",
    meaning="The Deployment is scaled to 0. Nothing fails and no event reports it; work just waits. An autoscaler does "
    "nothing in this state.",
    fix="Scale the Deployment up.",
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
    transient=True,
)
PATIENCE_S = 30.0


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a Deployment that is scaled to 0, is paused, or lacks ready pods."""
    deployment = deployment_of(ctx)
    desired, status = deployment.spec.replicas, deployment.status
    name, owner = deployment.name, ctx.owner
    counts = f"{desired} desired, {status.replicas} exist, {status.ready_replicas} ready, {status.updated_replicas} new"
    seen = ctx.record_evidence(f"deployment {name}", counts, command=owner.get())
    if desired == 0:
        summary = f"Deployment {name} is scaled to 0, so no {ctx.target.profile.noun} runs."
        step = Step("Scale it up.", owner.scale(1), changes="the Deployment")
        yield ZERO.finding(summary, step, evidence=(seen,))
        return
    ready = len(ctx.target.ready_pods)
    if deployment.spec.paused and status.updated_replicas < desired:
        old = f"{desired - status.updated_replicas} of its {desired} pods"
        summary = f"Deployment {name} is paused, so {old} do not have its current template."
        step = Step("Resume it.", owner.rollout("resume"), changes="the Deployment")
        yield PAUSED.finding(summary, step, evidence=(seen,))
    starting = [pod for pod in ctx.target.pods if not pod.ready and is_starting(ctx, pod)]
    if ready + len(starting) < desired and _settled(ctx, deployment):
        names = tuple(pod.name for pod in ctx.target.pods if not pod.ready and pod not in starting)
        summary = f"Deployment {name} has {ready} of {desired} pods ready."
        step = Step("Read its conditions and events.", owner.describe())
        yield FEW.finding(summary, step, pods=names, evidence=(seen,))


def _settled(ctx: Context, deployment: Deployment) -> bool:
    """Whether the Deployment has had time to create its pods."""
    times = [each.last_update_time for each in deployment.status.conditions if each.last_update_time]
    latest = max(times, default=None)
    refused = failure(deployment.status.conditions) is not None
    return refused or len(ctx.target.pods) >= deployment.spec.replicas or ctx.age(latest).total_seconds() > PATIENCE_S


REPLICAS = Check(
    id="workload.replicas",
    title="All desired pods are ready",
    stage=stages.REPLICAS,
    run=run,
    codes=(ZERO, PAUSED, FEW),
    reads=OWNER,
)
