"""Do pods fail on some nodes only?

Where one property of nodes separates all failing pods from all working ones, the fault is there: of kube-proxy, the
network plug-in, the container runtime, or a firewall of these nodes. It runs only where the other checks end at a
symptom, and where the counts are more than chance.
"""

from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, StandingCause
from diagnose.check.rights import Necessity, Scope, lists, needed, optional
from diagnose.commands import kubectl
from diagnose.domain.contrast import WHO
from diagnose.domain.delivery.template_change import template_change
from diagnose.domain.kubernetes.pods import is_starting, whole
from diagnose.domain.kubernetes.who_fails import Split, split_of
from diagnose.model.report import Alternative, Evidence, Finding, Severity, Step
from diagnose.resources import Node, Pod, ReplicaSet
from diagnose.text.sentences import fit, listed, number_of, span

BY_NODE = Code(
    id="workload.differs-by-node",
    meaning="All pods on some nodes fail and none elsewhere, and nothing else distinguishes them: the cause is on "
    "these nodes, such as kube-proxy, the network plug-in, the container runtime or a firewall.",
    fix="Repair the nodes, and let the pods run elsewhere until then.",
    transient=True,  # as far as the symptoms are that it explains
)
SYSTEM = "kube-system"
# What another workload's pod may take to become ready.
START = timedelta(minutes=2)
RECENT = timedelta(days=1)
_AGENTS = 3
_PROXY = "kube-proxy of the node may have old rules: compare the Service's address with its endpoints from there."
_ROUTE = "A firewall or a route of the node may drop packets: connect from one of its pods to an endpoint."


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the nodes on which alone pods fail for a reason that nothing else shows."""
    critical = [each for each in ctx.standing if each.finding.severity is Severity.CRITICAL]
    open_causes = [each for each in critical if each.is_open and stages.WHO_FAILS in each.stage.earlier]
    names = {name for each in open_causes for name in each.finding.pods}
    if not names:
        raise NotApplicableError("no pod fails for a reason that is not known")
    if any(not each.is_open and names.intersection(each.finding.pods) for each in critical):
        raise NotApplicableError("what these pods fail by is known")
    compared = replace(ctx, target=whole(ctx))
    others = {pod.name for pod in compared.target.pods if not pod.ready and not is_starting(ctx, pod)}
    split = _split(compared, names | others if ctx.target.is_single_pod else names)
    if split:
        yield _finding(ctx, split, names, open_causes)


def _split(ctx: Context, names: set[str]) -> Split | None:
    """Returns what separates the pods of the target, or of the whole namespace, by more than chance."""
    failing = [pod for pod in ctx.target.pods if pod.name in names]
    nodes = (ctx.detail(lambda: ctx.list(Node)) or ()) if len({pod.spec.node_name for pod in failing}) > 1 else ()
    working = [pod for pod in ctx.target.ready_pods if pod.name not in names]
    by_template = _is_by_template(ctx, names)
    split = split_of(failing, working, nodes)
    if split and split.is_significant and not by_template:
        return split
    others = _others(ctx)
    broken = [pod for pod in others if not pod.ready]
    split = split_of([*failing, *broken], [*working, *(pod for pod in others if pod.ready)], nodes)
    return split if split and split.is_significant and (broken or not by_template) else None


def _finding(ctx: Context, split: Split, names: set[str], open_causes: list[StandingCause]) -> Finding:
    show = kubectl.get("pods", namespace=ctx.target.namespace, output="wide")
    counts = ctx.record_evidence(WHO, split.text, command=show)
    return BY_NODE.finding(
        fit(f"{ctx.owner.name} fails {split.text}"),
        Step("See what is wrong with the node.", kubectl.describe("node", *split.nodes)),
        Step(
            "Until it is repaired, let the pods run elsewhere.",
            kubectl.cordon(*split.nodes).then(kubectl.delete("pod", *sorted(names), namespace=ctx.target.namespace)),
            changes=listed((f"node {each}" for each in split.nodes), 3),
        ),
        subjects=tuple(f"node/{each}" for each in split.nodes),
        pods=tuple(sorted(names)),
        evidence=(
            counts,
            *_of_nodes(ctx, split),
            *(evidence for each in open_causes[:1] for evidence in each.finding.evidence[:2]),
        ),
        alternatives=(
            Alternative(_PROXY, "network.node-proxy-stale"),
            Alternative(_ROUTE, "network.node-path-broken"),
            *(Alternative("The program may fail by itself: read its log.", each.finding.code) for each in open_causes),
        ),
    )


def _is_by_template(ctx: Context, names: set[str]) -> bool:
    """Whether the template separates the same pods, so that the node may do so by chance."""
    change = template_change(ctx.target)
    return bool(change and change.working and names <= set(change.pods))


def _others(ctx: Context) -> list[Pod]:
    """Returns the pods of other workloads of the namespace that run, or should by now."""
    own = {pod.name for pod in ctx.target.pods}
    return [
        pod
        for pod in ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or ()
        if pod.name not in own
        and pod.metadata.deletion_timestamp is None
        and pod.status.phase in {"Pending", "Running"}
        and (pod.ready or (ctx.age(pod.metadata.creation_timestamp) > START and not is_starting(ctx, pod)))
    ]


def _of_nodes(ctx: Context, split: Split) -> Iterator[Evidence]:
    """Yields what of these nodes is unusual: conditions, taints, a late start, and their own components."""
    for node in ctx.detail(lambda: ctx.list(Node)) or ():
        if node.name not in split.nodes:
            continue
        wrong = [each.type for each in node.status.conditions if each.status != str(each.type == "Ready")]
        found = [f"condition {each}" for each in wrong] + [f"taint {each.key}" for each in node.spec.taints]
        age = ctx.age(node.metadata.creation_timestamp)
        if timedelta() < age < RECENT:
            found.append(f"joined {span(age.total_seconds())} ago")
        if found:
            yield ctx.record_evidence(
                f"node {node.name}", "; ".join(found), command=kubectl.describe("node", node.name)
            )
    for pod in ctx.detail(lambda: ctx.list(Pod, SYSTEM)) or ():
        restarts = sum(each.restart_count for each in pod.status.container_statuses)
        if pod.spec.node_name in split.nodes and (not pod.ready or restarts >= _AGENTS):
            state = f"{'ready' if pod.ready else 'not ready'}, {number_of(restarts, 'restart')}"
            show = kubectl.describe("pod", pod.name, namespace=SYSTEM)
            yield ctx.record_evidence(f"pod {SYSTEM}/{pod.name} on {pod.spec.node_name}", state, command=show)


PODS_ALIKE = Check(
    id="workload.pods-alike",
    title="Pods work alike on all nodes",
    stage=stages.WHO_FAILS,
    run=run,
    codes=(BY_NODE,),
    concludes=True,
    reads=(
        *optional(lists(Scope.OWN, Pod, ReplicaSet)),
        *needed(Necessity.CONDITIONAL, lists(Scope.CLUSTER, Node), lists(Scope.SYSTEM, Pod)),
    ),
)
