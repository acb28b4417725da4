"""Do deleted pods end? A StatefulSet or DaemonSet waits for one: the next has its name, or its node.

A finalizer keeps an object until its controller removes it; without one the kubelet has to confirm that it has ended.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS, OWNER, of_kinds
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import controller_of, describe_pod, event_evidence, events_about, subjects
from diagnose.model.report import Finding, Step
from diagnose.resources import DaemonSet, Pod, StatefulSet
from diagnose.target.ownership import owned_by
from diagnose.text.sentences import span, truncate
from diagnose.text.times import to_text

FINALIZER = Code(
    id="workload.finalizer-blocks",
    meaning="A deleted pod has ended, and a finalizer keeps the object until its controller removes it. Until then the "
    "StatefulSet or DaemonSet creates no pod in its place, and nothing reports that.",
    fix="Repair the controller that owns the finalizer, or remove the finalizer.",
)
STAYS = Code(
    id="workload.pod-does-not-end",
    meaning="A deleted pod is there beyond its grace period, as the kubelet of its node does not confirm that its "
    "containers have ended. Until then its StatefulSet or DaemonSet creates no pod in its place.",
    fix="Repair the node, or make sure that it is off, and delete the pod by force.",
    explained_by=("workload.node-healthy",),
    transient=True,
)
PATIENCE_S = 60.0
"""How long after its grace period a kubelet may take to end a pod."""
BY_NODE = "Its node is off or its kubelet does not work: see the node's conditions."
BY_PROCESS = "A process cannot be killed, as where it waits for a volume that does not answer: see the pod's events."


def run(ctx: Context) -> Iterator[Finding]:
    """Reports deleted pods that the controller waits for."""
    controller = controller_of(ctx)
    if not isinstance(controller, StatefulSet | DaemonSet):
        raise NotApplicableError(f"a {controller.kind} waits for no deleted pod")
    if len(ctx.target.pods) >= (controller.desired or 0):
        return
    for pod in ctx.list(Pod, ctx.target.namespace):
        ends_at = pod.metadata.deletion_timestamp
        if ends_at is None or not owned_by(pod.metadata, controller.kind, controller.name):
            continue
        late_s = ctx.age(ends_at).total_seconds()
        if pod.metadata.finalizers and _has_ended(pod):
            if late_s > 0:
                yield _by_finalizer(ctx, pod)
        elif late_s > PATIENCE_S:
            yield _stays(ctx, pod)


def _has_ended(pod: Pod) -> bool:
    return all(each.state.terminated for each in pod.status.container_statuses)


def _by_finalizer(ctx: Context, pod: Pod) -> Finding:
    names, namespace = pod.metadata.finalizers, ctx.target.namespace
    seen = ctx.record_evidence(
        f"pod {pod.name}",
        f"deleted at {_deleted_at(pod)}, all containers have ended; finalizers: {', '.join(names)}",
        command=kubectl.get("pod", pod.name, namespace=namespace, output="yaml"),
    )
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    change = kubectl.patch("pod", pod.name, {"metadata": {"finalizers": None}}, namespace=namespace, how="merge")
    return FINALIZER.finding(
        f"Pod {pod.name} was deleted and has ended, but finalizer {names[0]}{more} keeps it, so "
        f"{ctx.owner.kind} {ctx.owner.name} cannot replace it.",
        Step(
            "Remove it, unless its controller works and is about to: what it does at the end is left undone.",
            change,
            changes=f"pod {namespace}/{pod.name}",
        ),
        Step("Read which controller set it.", kubectl.get("pod", pod.name, namespace=namespace, output="yaml")),
        subjects=(*subjects((pod.name,)), ctx.owner.reference),
        evidence=(seen,),
    )


def _stays(ctx: Context, pod: Pod) -> Finding:
    namespace, node = ctx.target.namespace, pod.spec.node_name
    seen = ctx.record_evidence(
        f"pod {pod.name}",
        f"deleted at {_deleted_at(pod)}, with {pod.metadata.deletion_grace_period_seconds} s to end",
        command=describe_pod(ctx, pod.name),
    )
    failed = events_about(ctx, pod, "FailedKillPod", "FailedPreStopHook", "FailedUnmount")
    why = f": {truncate(failed[-1].message, 60)}" if failed else ""
    ago = span(ctx.age(pod.metadata.deleted_at).total_seconds())
    return STAYS.finding(
        f"Pod {pod.name} was deleted {ago} ago and does not end on node {node}{why}.",
        Step("Read the node's conditions.", kubectl.describe("node", node)),
        Step(
            "Delete it by force, once it is sure that its containers do not run: two of the same name may write.",
            kubectl.kubectl(
                "delete", *kubectl.resource("pod", pod.name), "--force", "--grace-period=0", namespace=namespace
            ),
            changes=f"pod {namespace}/{pod.name}",
        ),
        subjects=(*subjects((pod.name,)), f"node/{node}"),
        evidence=(seen, *(event_evidence(ctx, pod, each) for each in failed[-1:])),
        alternatives=(BY_NODE, BY_PROCESS),
    )


def _deleted_at(pod: Pod) -> str:
    return to_text(pod.metadata.deleted_at) if pod.metadata.deleted_at else "an unknown time"


DELETIONS_END = Check(
    id="workload.deletions-end",
    title="Deleted pods end and make place for others",
    stage=stages.DESIRED,
    run=run,
    codes=(FINALIZER, STAYS),
    reads=(*OWNER, *of_kinds(StatefulSet, DaemonSet), *lists(Scope.OWN, Pod), *optional(EVENTS)),
)
