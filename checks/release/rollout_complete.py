"""Is the current template rolled out? A stuck rollout is never a cause: it waits for pods that do not become ready."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER
from diagnose.domain.kubernetes.admission import failure
from diagnose.domain.kubernetes.pods import current_set_of, deployment_of, is_starting, replica_sets_of, subjects
from diagnose.model.report import Finding, Step
from diagnose.resources import Deployment, ReplicaSet

STUCK = Code(
    id="release.rollout-stuck",
    meaning="The pods of the Deployment's current template do not become ready, so the rollout is stuck; pods of the "
    "previous template keep running, if there are any.",
    fix="Fix what prevents the new pods from becoming ready, or roll back to the previous template.",
    transient=True,
)
COMPLETE, LATE = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a rollout that is not complete and makes no progress."""
    deployment = deployment_of(ctx)
    if deployment.spec.replicas == 0:
        raise NotApplicableError("the Deployment is scaled to 0")
    if deployment.spec.paused:
        raise NotApplicableError("the Deployment is paused")
    progressing = next((each for each in deployment.status.conditions if each.type == "Progressing"), None)
    reason = progressing.reason if progressing else ""
    status = deployment.status
    current = status.observed_generation >= deployment.metadata.generation
    if current and reason == COMPLETE and status.updated_replicas >= deployment.spec.replicas:
        if remark := _rolled_back(ctx):
            ctx.note(remark)
        return
    unready = [pod for pod in ctx.target.current_pods if not pod.ready]
    slow = [pod for pod in unready if not is_starting(ctx, pod)]
    if not slow and not failure(status.conditions) and reason != LATE:
        ctx.not_yet(f"a rollout is under way: {status.updated_replicas} of {deployment.spec.replicas} pods are new")
        return
    yield _finding(ctx, deployment, tuple(pod.name for pod in slow or unready), late=reason == LATE)


def _rolled_back(ctx: Context) -> str:
    """Returns a remark where the current template is older than a later one; "" where it is the latest."""
    current = current_set_of(ctx)
    since = current.metadata.creation_timestamp if current else None
    dated = [(made, each) for each in replica_sets_of(ctx) if (made := each.metadata.creation_timestamp)]
    made, latest = max(dated, key=lambda pair: pair[0], default=(None, None))
    if since is None or made is None or latest is None or made <= since:
        return ""
    image = latest.spec.template.spec.image(ctx.names["container"])
    other = f" with image {image}" if image and image != ctx.target.container.image else ""
    return f"rolled back: a later template (ReplicaSet {latest.name}{other}) was abandoned"


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
    return f"{count} pods of ReplicaSet {', '.join(each.name for each in old)} keep running"


ROLLOUT_COMPLETE = Check(
    id="release.rollout-complete",
    title="The current template is rolled out",
    stage=stages.ROLLOUT,
    run=run,
    codes=(STUCK,),
    reads=OWNER,
)
